// tfjs's training step on its WebAssembly backend, one thread.
import { createRequire } from "node:module";
import { dirname } from "node:path";
import { answer, readStart, transposed } from "./start.mjs";

// By require: the module files of tfjs cannot be loaded by Node.
const require = createRequire(import.meta.url);
const tf = require("@tensorflow/tfjs");
const { setThreadsCount, setWasmPaths } = require("@tensorflow/tfjs-backend-wasm");
setWasmPaths(`${dirname(require.resolve("@tensorflow/tfjs-backend-wasm"))}/`);
setThreadsCount(1);
await tf.setBackend("wasm");
await tf.ready();

const start = readStart();
const x = tf.tensor2d(start.x, [100, 784]);
const y = tf.cast(tf.oneHot(tf.tensor1d(start.labels, "int32"), 10), "float32");
const w1 = tf.variable(tf.tensor2d(transposed(start.w1, 128, 784), [784, 128]));
const b1 = tf.variable(tf.tensor1d(start.b1));
const w2 = tf.variable(tf.tensor2d(transposed(start.w2, 10, 128), [128, 10]));
const b2 = tf.variable(tf.tensor1d(start.b2));
const optimizer = tf.train.sgd(0.05);
const lossOf = () => {
  const hidden = tf.relu(tf.add(tf.matMul(x, w1), b1));
  return tf.losses.softmaxCrossEntropy(y, tf.add(tf.matMul(hidden, w2), b2));
};

await answer({ version: tf.version.tfjs, backend: tf.getBackend() }, (n) => {
  let loss = null;
  for (let i = 0; i < n; i++) {
    loss?.dispose();
    loss = optimizer.minimize(lossOf, true, [w1, b1, w2, b2]);
  }
  const [value] = loss.dataSync();
  loss.dispose();
  return value;
});
