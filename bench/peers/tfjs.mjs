// One training step of 784-128-10 in tfjs (WebAssembly backend); answers each line "n" with milliseconds a step over n steps.
import { createRequire } from "node:module";
import { dirname } from "node:path";
import { createInterface } from "node:readline";

// By require: the module files of tfjs cannot be loaded by Node.
const require = createRequire(import.meta.url);
const tf = require("@tensorflow/tfjs");
const { setThreadsCount, setWasmPaths } = require("@tensorflow/tfjs-backend-wasm");
const folder = dirname(require.resolve("@tensorflow/tfjs-backend-wasm"));
setWasmPaths(`${folder}/`);
setThreadsCount(1);
await tf.setBackend("wasm");
await tf.ready();
const x = tf.tensor2d(
  Float32Array.from({ length: 78400 }, (_, i) => Math.abs(Math.sin(i))),
  [100, 784],
);
const digits = tf.tensor1d(
  Int32Array.from({ length: 100 }, (_, i) => i % 10),
  "int32",
);
const y = tf.cast(tf.oneHot(digits, 10), "float32");
const draw = (shape) => tf.variable(tf.randomUniform(shape, -0.05, 0.05, "float32", 1));
const [w1, b1, w2, b2] = [draw([784, 128]), draw([128]), draw([128, 10]), draw([10])];
const optimizer = tf.train.sgd(0.05);
const lossOf = () => {
  const hidden = tf.relu(tf.add(tf.matMul(x, w1), b1));
  return tf.losses.softmaxCrossEntropy(y, tf.add(tf.matMul(hidden, w2), b2));
};

let loss = Number.NaN;
const run = (n) => {
  const start = performance.now();
  for (let i = 0; i < n; i++) {
    const value = optimizer.minimize(lossOf, true, [w1, b1, w2, b2]);
    if (i === n - 1) loss = value.dataSync()[0];
    value.dispose();
  }
  return (performance.now() - start) / n;
};
run(3);
for await (const line of createInterface({ input: process.stdin })) console.log(run(Number(line)), loss);
