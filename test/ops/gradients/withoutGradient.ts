/** Why a public function has no row in the table of gradients: reason, names. */
const reasons: Readonly<Record<string, string>> = {
  "gives truths": `all allclose any eq equal ge gt isclose isfinite isin isinf isnan isneginf isposinf le logicalAnd logicalNot logicalOr logicalXor
    lt ne signbit`,
  "gives places or counts": `argmax argmin argsort argwhere bincount bucketize countNonzero histc linalg.matrixRank nonzero
    searchsorted trilIndices triuIndices nn.functional.oneHot`,
  "is of integers": "bitwiseAnd bitwiseLeftShift bitwiseNot bitwiseOr bitwiseRightShift bitwiseXor gcd lcm",
  "has none in PyTorch either": "heaviside nextafter unique uniqueConsecutive",
  "draws numbers": "bernoulli multinomial normal",
  "makes a tensor of numbers": `arange empty emptyLike eye full fullLike linspace logspace ones onesLike rand randLike randint
    randn randnLike randperm tensor zeros zerosLike Tensor.newEmpty Tensor.newFull Tensor.newOnes Tensor.newTensor Tensor.newZeros`,
  "is about dtypes and shapes": "broadcastShapes canCast formatShape promoteTypes resultType slice",
  "changes a state": "enableGrad isGradEnabled manualSeed memoryStats noGrad scope setBackend setMemoryLimit",
  "leaves float64, in which gradients are checked": "Tensor.bool Tensor.float Tensor.int",
  "is the tensor itself, not an op": `Tensor.constructor Tensor.address Tensor.backward Tensor.detach Tensor.dim Tensor.dispose Tensor.dtype
    Tensor.grad Tensor.gradFn Tensor.isContiguous Tensor.isFloatingPoint Tensor.isLeaf Tensor.item Tensor.itemAsync Tensor.ndim
    Tensor.numel Tensor.registerHook Tensor.replaceStorage Tensor.requiresGrad Tensor.requiresGrad_ Tensor.retainGrad Tensor.setGrad Tensor.size
    Tensor.stride Tensor.toArray Tensor.toArrayAsync Tensor.toString Tensor.toTypedArray Tensor.toTypedArrayAsync`,
  "is checked in place, in test/autograd/inPlace.test.ts": "Tensor.copy_ Tensor.fill_ Tensor.zero_",
};

export const withoutGradient: ReadonlyMap<string, string> = new Map(
  Object.entries(reasons).flatMap(([reason, names]) => names.split(/\s+/).map((name) => [name, reason] as const)),
);
