/** Why a public function has no row in the table of gradients: reason, names. */
const reasons: Readonly<Record<string, string>> = {
  "gives truths": `all allclose any eq equal ge gt isclose isfinite isin isinf isnan isneginf isposinf isreal le logicalAnd logicalNot logicalOr logicalXor
    lt ne signbit`,
  "gives places or counts": `argmax argmin argsort argwhere bincount bucketize countNonzero histc histogram linalg.matrixRank nonzero
    searchsorted unravelIndex trilIndices triuIndices nn.functional.oneHot`,
  "is of integers": "bitwiseAnd bitwiseLeftShift bitwiseNot bitwiseOr bitwiseRightShift bitwiseXor gcd lcm",
  "has none in PyTorch either": "heaviside nextafter unique uniqueConsecutive",
  "draws numbers": `bernoulli multinomial normal Tensor.cauchy_ Tensor.exponential_ Tensor.geometric_ Tensor.logNormal_ Tensor.random_
    Tensor.uniform_`,
  "makes a tensor of numbers": `arange asTensor bartlettWindow blackmanWindow empty emptyLike eye full fullLike hammingWindow hannWindow kaiserWindow linspace logspace ones onesLike rand randLike randint randintLike
    randn randnLike randperm scalarTensor tensor zeros zerosLike Tensor.newEmpty Tensor.newFull Tensor.newOnes Tensor.newTensor Tensor.newZeros`,
  "is about dtypes and shapes": "broadcastShapes canCast finfo formatShape iinfo promoteTypes resultType slice",
  "changes a state":
    "backendInfo capture blasInfo enableGrad getNumThreads getRngState initialSeed isGradEnabled leakReport manualSeed memoryStats noGrad scope setBackend setBlas setMemoryLimit setNumThreads setRngState",
  "leaves float64, in which gradients are checked": "Tensor.bool Tensor.byte Tensor.float Tensor.int Tensor.long",
  "is the tensor itself, not an op": `Tensor.constructor Tensor.address Tensor.backward Tensor.detach Tensor.detach_ Tensor.dim Tensor.dispose Tensor.dtype Tensor.elementSize
    Tensor.grad Tensor.gradFn Tensor.isContiguous Tensor.isFloatingPoint Tensor.isLeaf Tensor.isSameSize Tensor.isSigned Tensor.item Tensor.itemAsync Tensor.ndim
    Tensor.numel Tensor.registerHook Tensor.replaceStorage Tensor.requiresGrad Tensor.requiresGrad_ Tensor.retainGrad Tensor.setGrad Tensor.size
    Tensor.storageOffset Tensor.stride Tensor.toArray Tensor.toArrayAsync Tensor.toString Tensor.toTypedArray Tensor.toTypedArrayAsync`,
  "is checked in place, in test/autograd/inPlace.test.ts":
    "Tensor.copy_ Tensor.fillDiagonal_ Tensor.fill_ Tensor.zero_",
};

export const withoutGradient: ReadonlyMap<string, string> = new Map(
  Object.entries(reasons).flatMap(([reason, names]) => names.split(/\s+/).map((name) => [name, reason] as const)),
);
