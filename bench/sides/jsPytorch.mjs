// js-pytorch's side. It has no SGD: the step is made on its nested arrays.
import { readFileSync } from "node:fs";
import { torch } from "js-pytorch";
import { answer } from "./answer.mjs";
import { readMlp, transposed } from "./start.mjs";

const manifest = new URL("../node_modules/js-pytorch/package.json", import.meta.url);
const { version } = JSON.parse(readFileSync(manifest, "utf8"));

const rowsOf = (values, columns) =>
  Array.from({ length: values.length / columns }, (_, i) =>
    Array.from(values.subarray(i * columns, (i + 1) * columns)),
  );
const descend = (values, grad) => {
  for (let i = 0; i < values.length; i++)
    if (Array.isArray(values[i])) descend(values[i], grad[i]);
    else values[i] -= 0.05 * grad[i];
};

await answer({ version }, (_, index, file) => {
  const start = readMlp(index, file);
  const x = torch.tensor(rowsOf(start.x, 784));
  const y = torch.tensor(Array.from(start.labels));
  const parameters = [
    rowsOf(transposed(start.w1, 128, 784), 128),
    Array.from(start.b1),
    rowsOf(transposed(start.w2, 10, 128), 10),
    Array.from(start.b2),
  ].map((values) => torch.tensor(values, true));
  const [w1, b1, w2, b2] = parameters;
  const relu = new torch.nn.ReLU();
  const lossFn = new torch.nn.CrossEntropyLoss();
  return (n) => {
    let loss;
    for (let i = 0; i < n; i++) {
      const hidden = relu.forward(torch.add(torch.matmul(x, w1), b1));
      loss = lossFn.forward(torch.add(torch.matmul(hidden, w2), b2), y);
      loss.backward();
      for (const p of parameters) {
        descend(p.data, p.grad);
        p.zero_grad();
      }
    }
    return [loss.data].flat(3)[0];
  };
});
