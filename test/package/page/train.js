import { data, manualSeed, nn, optim, rand } from "mytorch";

/** A few steps that learn which of four quarters a point lies in. @returns the loss of each */
export const train = async () => {
  manualSeed(0);
  const x = rand(256, 2);
  const right = x.narrow(1, 0, 1).gt(0.5).to("int32");
  const upper = x.narrow(1, 1, 1).gt(0.5).to("int32");
  const quarters = right.add(upper.mul(2)).flatten();
  const model = new nn.Sequential(new nn.Linear(2, 64), new nn.ReLU(), new nn.Linear(64, 4));
  const optimizer = new optim.SGD(model.parameters(), { lr: 0.5, momentum: 0.9 });
  const lossFn = new nn.CrossEntropyLoss();
  const losses = [];
  const batches = new data.DataLoader(new data.TensorDataset(x, quarters), { batchSize: 32, shuffle: true });
  for (let epoch = 0; epoch < 5; epoch++) {
    for await (const [points, labels] of batches) {
      const loss = lossFn.forward(model.forward(points), labels);
      optimizer.zeroGrad();
      loss.backward();
      optimizer.step();
      losses.push(loss.item());
    }
  }
  return losses;
};
