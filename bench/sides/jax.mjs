// jax-js's side on its WebAssembly backend, jitted.
import { readFileSync } from "node:fs";
import { blockUntilReady, defaultDevice, init, jit, nn, numpy as np, valueAndGrad } from "@jax-js/jax";
import { answer } from "./answer.mjs";
import { readMlp, transposed } from "./start.mjs";

await init("wasm");
defaultDevice("wasm");
const manifest = new URL("../node_modules/@jax-js/jax/package.json", import.meta.url);
const { version } = JSON.parse(readFileSync(manifest, "utf8"));

await answer({ version }, (_, index, file) => {
  const start = readMlp(index, file);
  const x = np.array(start.x).reshape([start.batch, 784]);
  const y = nn.oneHot(np.array(start.labels, { dtype: np.int32 }), 10);
  let params = [
    np.array(transposed(start.w1, 128, 784)).reshape([784, 128]),
    np.array(start.b1),
    np.array(transposed(start.w2, 10, 128)).reshape([128, 10]),
    np.array(start.b2),
  ];
  const lossOf = (w1, b1, w2, b2, xs, ys) => {
    const hidden = nn.relu(np.matmul(xs, w1).add(b1));
    const logits = np.matmul(hidden, w2).add(b2);
    return nn
      .logSoftmax(logits, -1)
      .mul(ys)
      .sum()
      .mul(-1 / start.batch);
  };
  const step = jit((w1, b1, w2, b2, xs, ys) => {
    const [loss, grads] = valueAndGrad(lossOf, { argnums: [0, 1, 2, 3] })(w1.ref, b1.ref, w2.ref, b2.ref, xs, ys);
    return [loss, ...[w1, b1, w2, b2].map((p, i) => p.sub(grads[i].mul(0.05)))];
  });
  return async (n) => {
    let last = null;
    for (let i = 0; i < n; i++) {
      last?.dispose();
      [last, ...params] = step(...params, x.ref, y.ref);
    }
    await blockUntilReady(params);
    return last.item();
  };
});
