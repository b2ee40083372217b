/** What kernels are called for: the names of ops, by family. */

export type UnaryOp =
  | "neg"
  | "abs"
  | "sign"
  | "square"
  | "sqrt"
  | "rsqrt"
  | "reciprocal"
  | "exp"
  | "exp2"
  | "expm1"
  | "log"
  | "log2"
  | "log10"
  | "log1p"
  | "sin"
  | "cos"
  | "tan"
  | "asin"
  | "acos"
  | "atan"
  | "sinh"
  | "cosh"
  | "tanh"
  | "asinh"
  | "acosh"
  | "atanh"
  | "floor"
  | "ceil"
  | "round"
  | "trunc"
  | "erf"
  | "erfc"
  | "erfinv"
  | "lgamma"
  | "digamma"
  | "i0"
  | "i0e"
  | "i1"
  | "i1e"
  | "erfcx"
  | "ndtri"
  | "logNdtr"
  | "entr"
  | "logit"
  | "sinc"
  | "sigmoid"
  | "logSigmoid"
  | "relu"
  | "silu"
  | "gelu"
  | "geluTanh"
  | "softplus"
  | "mish"
  | "bitwiseNot";

/** Results are bool. */
export type PredicateOp = "logicalNot" | "isNaN" | "isInf" | "isFinite" | "signBit";

export type BinaryOp =
  | "add"
  | "sub"
  | "mul"
  | "div"
  | "floorDivide"
  | "truncDivide"
  | "remainder"
  | "fmod"
  | "pow"
  | "maximum"
  | "minimum"
  | "fmax"
  | "fmin"
  | "atan2"
  | "hypot"
  | "copysign"
  | "xlogy"
  | "logAddExp"
  | "logAddExp2"
  | "nextAfter"
  | "heaviside"
  | "xlog1py"
  | "polygamma" // the bth derivative of digamma at a
  | "zeta" // Hurwitz' zeta of order a at b
  | "gammainc" // P(a, b)
  | "gammaincc" // 1 − P(a, b)
  | "gcd"
  | "lcm"
  | "bitwiseAnd"
  | "bitwiseOr"
  | "bitwiseXor"
  | "shiftLeft"
  | "shiftRight"
  // Gradient kernels: a is dY, b is what the op saved.
  | "reluBackward" // dY where y > 0, else 0 (y is the output of relu); NaN in y gives dY
  | "sigmoidBackward" // dY · y · (1 − y)
  | "tanhBackward" // dY · (1 − y²)
  | "geluBackward"; // dY · (Φ(x) + x · φ(x)) (x is the input of gelu)

/** Results are bool. NaN makes every comparison false but `ne`. */
export type CompareOp = "eq" | "ne" | "lt" | "le" | "gt" | "ge" | "logicalAnd" | "logicalOr" | "logicalXor";

/**
 * sum, prod and mean accumulate accurately (pairwise or in float64) and in one fixed order. amax and amin give
 * NaN where there is one. Integer and bool inputs sum and multiply to int32 (`out.dtype`); all and any to bool.
 */
export type ReduceOp = "sum" | "prod" | "mean" | "amax" | "amin" | "all" | "any";

export type CumulativeOp = "cumsum" | "cumprod" | "logcumsumexp";

/** How an element that is scattered meets the one that is there. */
export type ScatterOp = "set" | "sum" | "prod" | "amax" | "amin";

/** Each is defined, element by element, in reference/optim.ts. */
export type OptimizerOp =
  | "sgd"
  | "adam"
  | "nadam"
  | "radam"
  | "adamax"
  | "rmsprop"
  | "adagrad"
  | "adadelta"
  | "rprop"
  | "asgd";

/** Rates, decays and switches (0 or 1) of one step, by name. */
export type StepScalars = Readonly<Record<string, number>>;

/** What becomes of a generator's draws: numbers between two, or one of two numbers. */
export type DrawOp = "uniform" | "bernoulli";

/** Each is defined, feature by feature, in reference/recurrent.ts. */
export type CellOp = "rnnTanh" | "rnnRelu" | "lstm" | "gru";

export type FactorOp = "solve" | "det" | "cholesky" | "lu" | "qr" | "eigh" | "svd";
