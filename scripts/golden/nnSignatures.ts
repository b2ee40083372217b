/** Parameters of `torch.nn.functional.*`; the notation is torchSignatures'. */
export const functionalSignatures = `
relu relu6 selu silu mish hardsigmoid hardswish: input | inplace
sigmoid tanh softsign tanhshrink logsigmoid: input
leaky_relu: input | negative_slope inplace
elu celu: input | alpha inplace
gelu: input | approximate
softplus: input | beta threshold
hardtanh: input | min_val max_val inplace
hardshrink softshrink: input | lambd
threshold: input threshold value | inplace
glu: input | dim
prelu: input weight
rrelu: input | lower upper training inplace
softmax log_softmax softmin: input dim | _stacklevel dtype
gumbel_softmax: logits | tau hard eps dim
normalize: input | p dim eps

linear: input weight bias
bilinear: input1 input2 weight bias
conv1d conv2d conv3d: input weight bias | stride padding dilation groups
conv_transpose1d conv_transpose2d conv_transpose3d: input weight bias | stride padding output_padding groups dilation
unfold: input kernel_size | dilation padding stride
fold: input output_size kernel_size | dilation padding stride
max_pool1d max_pool2d max_pool3d: input kernel_size | stride padding dilation ceil_mode return_indices
avg_pool1d: input kernel_size | stride padding ceil_mode count_include_pad
avg_pool2d avg_pool3d: input kernel_size | stride padding ceil_mode count_include_pad divisor_override
lp_pool1d lp_pool2d: input norm_type kernel_size | stride ceil_mode
max_unpool1d max_unpool2d max_unpool3d: input indices kernel_size | stride padding output_size
adaptive_avg_pool1d adaptive_avg_pool2d adaptive_avg_pool3d: input output_size
adaptive_max_pool1d adaptive_max_pool2d adaptive_max_pool3d: input output_size | return_indices
interpolate upsample: input | size scale_factor mode align_corners recompute_scale_factor antialias
pad: input pad | mode value
pixel_shuffle: input upscale_factor
pixel_unshuffle: input downscale_factor
channel_shuffle: input groups
grid_sample: input grid | mode padding_mode align_corners
affine_grid: theta size | align_corners

batch_norm: input running_mean running_var | weight bias training momentum eps
instance_norm: input | running_mean running_var weight bias use_input_stats momentum eps
layer_norm: input normalized_shape | weight bias eps
rms_norm: input normalized_shape | weight eps
group_norm: input num_groups | weight bias eps
local_response_norm: input size | alpha beta k

embedding: input weight | padding_idx max_norm norm_type scale_grad_by_freq sparse
embedding_bag: input weight | offsets max_norm norm_type scale_grad_by_freq mode sparse per_sample_weights
one_hot: input | num_classes
dropout dropout1d dropout2d dropout3d alpha_dropout feature_alpha_dropout: input | p training inplace
scaled_dot_product_attention: query key value | attn_mask dropout_p is_causal scale
cosine_similarity: x1 x2 | dim eps
pairwise_distance: x1 x2 | p eps keepdim
pdist: input | p

cross_entropy: input target | weight size_average ignore_index reduce reduction label_smoothing
nll_loss: input target | weight size_average ignore_index reduce reduction
mse_loss l1_loss soft_margin_loss multilabel_margin_loss: input target | size_average reduce reduction
smooth_l1_loss: input target | size_average reduce reduction beta
huber_loss: input target | reduction delta
binary_cross_entropy: input target | weight size_average reduce reduction
binary_cross_entropy_with_logits: input target | weight size_average reduce reduction pos_weight
kl_div: input target | size_average reduce reduction log_target
hinge_embedding_loss: input target | margin size_average reduce reduction
poisson_nll_loss: input target | log_input full size_average eps reduce reduction
gaussian_nll_loss: input target var | full eps reduction
cosine_embedding_loss: input1 input2 target | margin size_average reduce reduction
margin_ranking_loss: input1 input2 target | margin size_average reduce reduction
triplet_margin_loss: anchor positive negative | margin p eps swap size_average reduce reduction
triplet_margin_with_distance_loss: anchor positive negative | distance_function margin swap reduction
multi_margin_loss: input target | p margin weight size_average reduce reduction
multilabel_soft_margin_loss: input target | weight size_average reduce reduction
ctc_loss: log_probs targets input_lengths target_lengths | blank reduction zero_infinity
`;

/** Constructors of `torch.nn.*`, `torch.nn.init.*` and `torch.nn.utils.*`. */
export const moduleSignatures = `
Linear LazyLinear: in_features out_features | bias
Bilinear: in1_features in2_features out_features | bias
Conv1d Conv2d Conv3d: in_channels out_channels kernel_size | stride padding dilation groups bias padding_mode
ConvTranspose1d ConvTranspose2d ConvTranspose3d: in_channels out_channels kernel_size | stride padding output_padding groups bias dilation padding_mode
MaxPool1d MaxPool2d MaxPool3d: kernel_size | stride padding dilation return_indices ceil_mode
AvgPool1d: kernel_size | stride padding ceil_mode count_include_pad
AvgPool2d AvgPool3d: kernel_size | stride padding ceil_mode count_include_pad divisor_override
LPPool1d LPPool2d: norm_type kernel_size | stride ceil_mode
FractionalMaxPool2d FractionalMaxPool3d: kernel_size | output_size output_ratio return_indices random_samples
MaxUnpool1d MaxUnpool2d MaxUnpool3d: kernel_size | stride padding
AdaptiveAvgPool1d AdaptiveAvgPool2d AdaptiveAvgPool3d: output_size
AdaptiveMaxPool1d AdaptiveMaxPool2d AdaptiveMaxPool3d: output_size | return_indices
ReflectionPad1d ReflectionPad2d ReflectionPad3d ReplicationPad1d ReplicationPad2d ReplicationPad3d: padding
ZeroPad1d ZeroPad2d ZeroPad3d CircularPad1d CircularPad2d CircularPad3d: padding
ConstantPad1d ConstantPad2d ConstantPad3d: padding value
Upsample: | size scale_factor mode align_corners recompute_scale_factor
UpsamplingNearest2d UpsamplingBilinear2d: | size scale_factor
PixelShuffle: upscale_factor
PixelUnshuffle: downscale_factor
ChannelShuffle: groups
Fold: output_size kernel_size | dilation padding stride
Unfold: kernel_size | dilation padding stride
BatchNorm1d BatchNorm2d BatchNorm3d: num_features | eps momentum affine track_running_stats
InstanceNorm1d InstanceNorm2d InstanceNorm3d: num_features | eps momentum affine track_running_stats
LayerNorm RMSNorm: normalized_shape | eps elementwise_affine bias
GroupNorm: num_groups num_channels | eps affine
LocalResponseNorm: size | alpha beta k
Embedding: num_embeddings embedding_dim | padding_idx max_norm norm_type scale_grad_by_freq sparse
EmbeddingBag: num_embeddings embedding_dim | max_norm norm_type scale_grad_by_freq mode sparse
RNN LSTM GRU: input_size hidden_size | num_layers bias batch_first dropout bidirectional proj_size nonlinearity
RNNCell: input_size hidden_size | bias nonlinearity
LSTMCell GRUCell: input_size hidden_size | bias
MultiheadAttention: embed_dim num_heads | dropout bias add_bias_kv add_zero_attn kdim vdim batch_first
TransformerEncoderLayer TransformerDecoderLayer: d_model nhead | dim_feedforward dropout activation layer_norm_eps batch_first norm_first
Transformer: | d_model nhead num_encoder_layers num_decoder_layers dim_feedforward dropout activation
Dropout Dropout1d Dropout2d Dropout3d AlphaDropout FeatureAlphaDropout: | p inplace
Flatten: | start_dim end_dim
Unflatten: dim unflattened_size
AdaptiveLogSoftmaxWithLoss: in_features n_classes cutoffs | div_value head_bias
Softmax LogSoftmax Softmin GLU: | dim
LeakyReLU: | negative_slope inplace
ELU CELU: | alpha inplace
Hardtanh: | min_val max_val inplace
Hardshrink Softshrink: | lambd
Softplus: | beta threshold
Threshold: threshold value | inplace
PReLU: | num_parameters init
RReLU: | lower upper inplace
GELU: | approximate
CosineSimilarity: | dim eps
PairwiseDistance: | p eps keepdim

init.uniform_: tensor a b
init.normal_: tensor mean std
init.trunc_normal_: tensor mean std a b
init.constant_: tensor val
init.ones_ init.zeros_ init.eye_: tensor
init.dirac_: tensor | groups
init.xavier_uniform_ init.xavier_normal_ init.orthogonal_: tensor gain
init.kaiming_uniform_ init.kaiming_normal_: tensor | a mode nonlinearity
init.sparse_: tensor sparsity | std
init.calculate_gain: nonlinearity param
utils.clip_grad_norm_: parameters max_norm | norm_type error_if_nonfinite
utils.clip_grad_value_: parameters clip_value
`;
