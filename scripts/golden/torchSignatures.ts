/**
 * Parameters of `torch.*` functions and `Tensor.*` methods by PyTorch's names, in PyTorch's order. What stands before `|`
 * is positional here, what stands after it goes into the options object. `...sizes` takes the rest as written (numbers or one
 * list). Several forms of a function are separated by `;`, the first that fits is taken: `:t` fits tensors only, `:b` booleans
 * only, `:n` neither.
 */
export const torchSignatures = `
abs absolute acos acosh arccos arccosh arcsin arcsinh arctan arctanh asin asinh atan atanh: input
bitwise_not ceil cos cosh deg2rad digamma erf erfc erfinv exp exp2 expm1 fix floor frac i0 isfinite: input
isinf isnan isneginf isposinf isreal lgamma log log10 log1p log2 logical_not neg negative positive: input
rad2deg ravel reciprocal relu rsqrt selu sgn sigmoid sign signbit sin sinc sinh sqrt square tan tanh: input
trunc fliplr flipud t trace det inverse logdet slogdet adjoint msort numel argwhere matrix_exp: input
clone contiguous detach: input
round: input | decimals
logit: input | eps
nan_to_num: input | nan posinf neginf
polygamma: n input
mvlgamma: input p

add sub subtract rsub: input other | alpha
mul multiply maximum minimum fmax fmin remainder fmod floor_divide true_divide atan2 arctan2: input other
hypot copysign xlogy ldexp logaddexp logaddexp2 nextafter heaviside gcd lcm: input other
eq ne lt le gt ge equal greater greater_equal less less_equal not_equal: input other
logical_and logical_or logical_xor bitwise_and bitwise_or bitwise_xor: input other
bitwise_left_shift bitwise_right_shift: input other
div divide: input other | rounding_mode
pow float_power: input exponent
clamp clip: input | min max
clamp_min: input min
clamp_max: input max
where: condition input other
lerp: input end weight
addcmul addcdiv: input tensor1 tensor2 | value
isclose allclose: input other | rtol atol equal_nan
dist: input other | p
threshold: input threshold value

sum nansum mean nanmean: input | dim keepdim dtype
prod: input | dim keepdim dtype
amax amin aminmax argmax argmin all any: input | dim keepdim
max min: input other:t; input | dim:n keepdim
median nanmedian mode: input | dim keepdim
std var std_mean var_mean: input | unbiased:b; input | dim unbiased keepdim correction
norm: input | p dim keepdim dtype
count_nonzero: input | dim
logsumexp: input dim | keepdim
cumsum cumprod: input dim | dtype
cummax cummin logcumsumexp: input dim
softmax log_softmax: input dim | dtype
quantile nanquantile: input q | dim keepdim interpolation
bincount: input | weights minlength
histc: input | bins min max
diff: input | n dim prepend append
trapezoid trapz: y x:t | dim; y | dx dim
cumulative_trapezoid: y x:t | dim; y | dx dim
renorm: input p dim maxnorm
cov: input | correction fweights aweights
corrcoef: input

cat concat concatenate stack: tensors dim
hstack vstack dstack column_stack row_stack: tensors
broadcast_tensors block_diag cartesian_prod: ...tensors
meshgrid: ...tensors | indexing
atleast_1d atleast_2d atleast_3d: input
split: input split_size_or_sections dim
chunk: input chunks dim
tensor_split: input indices_or_sections dim
hsplit vsplit dsplit: input indices_or_sections
unbind: input dim
reshape: input shape
permute: input dims
transpose swapaxes swapdims: input dim0 dim1
movedim moveaxis: input source destination
squeeze: input dim
unsqueeze: input dim
flatten: input start_dim end_dim
unflatten: input dim sizes
broadcast_to: input size
tile: input dims
flip: input dims
roll: input shifts dims
rot90: input k dims
repeat_interleave: input repeats | dim output_size
tril triu diag: input diagonal
diagflat: input offset
tril_indices triu_indices: row col offset | dtype
diagonal: input | offset dim1 dim2
diag_embed: input | offset dim1 dim2
narrow narrow_copy: input dim start length
as_strided: input size stride | storage_offset
as_strided_scatter: input src size stride | storage_offset
select_scatter: input src dim index
slice_scatter: input src | dim start end step
diagonal_scatter: input src | offset dim1 dim2
select: input dim index

gather: input dim index | sparse_grad
scatter: input dim index src | reduce
scatter_add: input dim index src
scatter_reduce: input dim index src reduce | include_self
index_select: input dim index
index_add: input dim index source | alpha
index_copy: input dim index source
index_fill: input dim index value
index_put: input indices values | accumulate
index_reduce: input dim index source reduce | include_self
masked_fill: input mask value
masked_select: input mask
masked_scatter: input mask source
take: input index
put: input index source | accumulate
take_along_dim: input indices | dim
nonzero: input | as_tuple
searchsorted: sorted_sequence input | out_int32 right side sorter
bucketize: input boundaries | out_int32 right
unique: input | sorted return_inverse return_counts dim
unique_consecutive: input | return_inverse return_counts dim
isin: elements test_elements | assume_unique invert

sort: input | dim descending stable
argsort: input | dim descending stable
topk: input k | dim largest sorted
kthvalue: input k | dim keepdim

matmul mm bmm mv dot inner outer ger vdot kron: input other
addmm: input mat1 mat2 | beta alpha
addmv: input mat vec | beta alpha
addr: input vec1 vec2 | beta alpha
addbmm baddbmm: input batch1 batch2 | beta alpha
einsum: equation ...operands
tensordot: a b | dims
cross: input other | dim
cdist: x1 x2 | p compute_mode
cosine_similarity: x1 x2 | dim eps
pairwise_distance: x1 x2 | p eps keepdim
cholesky: input | upper
qr: input | some
svd: input | some compute_uv
chain_matmul: ...matrices
combinations: input | r with_replacement
vander: x | N increasing

zeros ones empty rand randn: ...size | dtype requires_grad
full: size fill_value | dtype requires_grad
zeros_like ones_like empty_like rand_like randn_like: input | dtype requires_grad
full_like: input fill_value | dtype requires_grad
arange: ...bounds | dtype requires_grad
linspace: start end steps | dtype requires_grad
logspace: start end steps | base dtype requires_grad
eye: n m | dtype requires_grad
result_type: tensor1 tensor2
broadcast_shapes: ...shapes

linalg.norm: A | ord dim keepdim dtype
linalg.vector_norm: x | ord dim keepdim dtype
linalg.matrix_norm: A | ord dim keepdim dtype
linalg.det linalg.inv linalg.slogdet linalg.eigvals linalg.pinv linalg.matrix_rank: A
linalg.cholesky: A | upper
linalg.qr: A | mode
linalg.svd: A | full_matrices
linalg.svdvals: A
linalg.eigh linalg.eigvalsh: A | UPLO
linalg.solve: A B | left
linalg.cross: input other | dim
linalg.matrix_power: A n
linalg.multi_dot: tensors
linalg.diagonal: A | offset dim1 dim2
linalg.vecdot: x y | dim
`;

/** Methods whose parameters differ from the function's of that name; `input` is the tensor itself. */
export const methodSignatures = `
reshape: input ...shape
view expand repeat sum_to_size: input ...sizes
permute flip tile: input ...dims
expand_as view_as reshape_as type_as: input other
unfold: input dimension size step
unflatten: input dim sizes
new_zeros new_ones new_empty: input ...size | dtype requires_grad
new_full: input size fill_value | dtype requires_grad
new_tensor: input data | dtype requires_grad
to: input dtype
item detach numel contiguous float double int bool: input
copy_: input src
fill_: input value
zero_: input
uniform_: input from to
normal_ log_normal_: input mean std
bernoulli_ geometric_: input p
exponential_: input lambd
cauchy_: input median sigma
random_: input from to
polygamma: input n
where: input condition other
fill_diagonal_: input fill_value | wrap
`;
