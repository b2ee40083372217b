// mytorch's training step. With "relaxed" as second argument Node 20 gets the flag that the command line sets for itself.
import { readFileSync } from "node:fs";
import { setFlagsFromString } from "node:v8";
import { answer, readStart } from "./start.mjs";

if (process.argv[3] === "relaxed") setFlagsFromString("--experimental-wasm-relaxed-simd");
const { nn, optim, tensor } = await import("../../dist/src/index.js");
const { version } = JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8"));

const start = readStart();
const x = tensor(start.x).reshape(100, 784);
const labels = tensor(start.labels);
const model = new nn.Sequential(new nn.Linear(784, 128), new nn.ReLU(), new nn.Linear(128, 10));
model.loadStateDict({
  "0.weight": tensor(start.w1).reshape(128, 784),
  "0.bias": tensor(start.b1),
  "2.weight": tensor(start.w2).reshape(10, 128),
  "2.bias": tensor(start.b2),
});
const optimizer = new optim.SGD(model.parameters(), { lr: 0.05 });
const lossFn = new nn.CrossEntropyLoss();

await answer({ version }, (n) => {
  let loss;
  for (let i = 0; i < n; i++) {
    loss = lossFn.forward(model.forward(x), labels);
    optimizer.zeroGrad();
    loss.backward();
    optimizer.step();
  }
  return loss.item();
});
