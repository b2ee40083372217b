import { backendInfo, exp, manualSeed, matmul, rand, setNumThreads, sum } from "mytorch";

const results = () => {
  manualSeed(0);
  const [a, b, many] = [rand(400, 300), rand(300, 500), rand(1_000_000)];
  return [matmul(a, b), sum(rand(1000, 1000), 1), exp(many)].map((y) => y.toTypedArray());
};

const isSame = (one, other) => one.every((part, i) => part.every((value, k) => Object.is(value, other[i][k])));

/** The same on one thread and on two: whether the results are the same to the bit, and who took part. */
export const compareThreads = async () => {
  setNumThreads(1);
  const alone = results();
  const before = backendInfo().threads;
  setNumThreads(2);
  let same = true;
  // A worker of a page starts when the page's thread has nothing else to do, so the first results are the page's own.
  // On a busy machine it starts late.
  const isAlone = ({ count, helped } = backendInfo().threads) => count > 1 && helped === before.helped;
  for (let i = 0; i < 8 || (isAlone() && i < 300); i++) {
    same &&= isSame(alone, results());
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  const sums = alone.map((part) => part.reduce((total, value) => total + value, 0));
  return { same, sums, before: before.helped, ...backendInfo().threads };
};
