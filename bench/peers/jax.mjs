// One training step of 784-128-10 in jax-js (WebAssembly), jitted; answers each line "n" with milliseconds a step over n steps.
import { createInterface } from "node:readline";
import { blockUntilReady, init, jit, nn, numpy as np, valueAndGrad } from "@jax-js/jax";

globalThis.navigator ??= {};
await init("wasm").catch(async () => init());
const draw = (n) => Float32Array.from({ length: n }, (_, i) => Math.sin(i * 12.9898) * 0.05);
const x = np.array(Float32Array.from({ length: 78400 }, (_, i) => Math.abs(Math.sin(i)))).reshape([100, 784]);
const labels = Float32Array.from({ length: 1000 }, (_, i) => (i % 10 === Math.floor(i / 10) % 10 ? 1 : 0));
const y = np.array(labels).reshape([100, 10]);
let params = [
  np.array(draw(100352)).reshape([784, 128]),
  np.zeros([128]),
  np.array(draw(1280)).reshape([128, 10]),
  np.zeros([10]),
];
const lossOf = (w1, b1, w2, b2, xs, ys) => {
  const h = nn.relu(np.matmul(xs, w1).add(b1));
  return nn
    .logSoftmax(np.matmul(h, w2).add(b2), -1)
    .mul(ys)
    .sum()
    .mul(-1 / 100);
};
const step = jit((w1, b1, w2, b2, xs, ys) => {
  const [loss, grads] = valueAndGrad(lossOf, { argnums: [0, 1, 2, 3] })(w1.ref, b1.ref, w2.ref, b2.ref, xs, ys);
  return [loss, ...[w1, b1, w2, b2].map((p, i) => p.sub(grads[i].mul(0.05)))];
});
let loss = 0;
const run = async (n) => {
  const start = performance.now();
  for (let i = 0; i < n; i++) {
    const [l, ...next] = step(...params, x.ref, y.ref);
    params = next;
    if (i === n - 1) {
      await blockUntilReady(next);
      loss = l.item ? l.item() : l;
    } else l.dispose?.();
  }
  return (performance.now() - start) / n;
};
await run(3);
for await (const line of createInterface({ input: process.stdin })) console.log(await run(Number(line)), loss);
