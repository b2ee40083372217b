// tfjs's side. Arguments: its backend (wasm or cpu) and, for wasm, the number of threads.
import { createRequire } from "node:module";
import { dirname } from "node:path";
import { answer } from "./answer.mjs";
import { readMlp, transposed } from "./start.mjs";

const [backend, threads] = process.argv.slice(2);
// By require: the module files of tfjs cannot be loaded by Node.
const require = createRequire(import.meta.url);
const tf = require("@tensorflow/tfjs");
if (backend === "wasm") {
  const { setThreadsCount, setWasmPaths } = require("@tensorflow/tfjs-backend-wasm");
  setWasmPaths(`${dirname(require.resolve("@tensorflow/tfjs-backend-wasm"))}/`);
  setThreadsCount(Number(threads));
}
await tf.setBackend(backend);
await tf.ready();

await answer({ version: `${tf.version.tfjs}, ${tf.getBackend()}` }, (_, index, file) => {
  const start = readMlp(index, file);
  tf.disposeVariables();
  const x = tf.tensor2d(start.x, [start.batch, 784]);
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
  return (n) => {
    let loss = null;
    for (let i = 0; i < n; i++) {
      loss?.dispose();
      loss = optimizer.minimize(lossOf, true, [w1, b1, w2, b2]);
    }
    const [value] = loss.dataSync();
    loss.dispose();
    return value;
  };
});
