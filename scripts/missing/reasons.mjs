// Why names of PyTorch are not here. A name without a reason fails `npm run check`; so does a reason without a name.

/** [reason, names]: names are PyTorch's, `*` stands for any rest; names of all spaces unless one is named. */
export const reasons = [
  [
    "complex numbers: no dtype for them",
    "complex polar real imag conj conj_physical conj_physical_ resolve_conj resolve_neg is_complex is_conj is_neg view_as_complex* view_as_real* eig eigvals cdouble cfloat chalf",
  ],
  ["Fourier transforms, which wait for complex numbers", "stft istft"],
  ["float16, bfloat16, int8 and int16 exist in files only", "half bfloat16 short char"],
  [
    "sparse tensors: not there",
    "*sparse* *indices_copy values_copy indices values smm hsmm sspaddmm saddmm spmm dsmm hspmm coalesce is_coalesced dense_dim to_dense crow_indices ccol_indices col_indices row_indices",
  ],
  [
    "quantised tensors: not there",
    "*quantize* q_* qscheme int_repr choose_qparams_optimized fbgemm_* fused_moving_avg_obs_fake_quant",
  ],
  ["named dimensions: not there, and given up by PyTorch", "align_* has_names name names rename rename_ refine_names"],
  ["nested tensors: not there", "is_nested to_padded_tensor"],
  [
    "another device or library of kernels",
    "*cudnn* miopen_* mkldnn* *mkldnn* *vulkan* cuda cpu ipu xpu is_cpu is_cuda is_ipu is_mps is_ort is_xpu is_meta pin_memory is_pinned get_device device record_stream",
  ],
  ["autocast: one precision at a time here", "*autocast*"],
  [
    "threads and modes of PyTorch's own runtime",
    "*num_threads *num_interop_threads set_flush_denormal *float32_matmul_precision prepare_multiprocessing_environment fork wait share_memory_ is_shared is_distributed are_deterministic* is_deterministic* use_deterministic* *deterministic_debug_mode kineto_available *vital* compiled_with_cxx11_abi is_inference* *warn_always*",
  ],
  [
    "inner machinery of PyTorch, public by accident",
    "batch_norm_* native_* *_copy obj candidate classproperty boolean_dispatch assert_int_or_pair *torch_function* import_ir_module* parse_* merge_type_from_type_comment unify_type_list get_file_path typename is_storage data_ptr layout output_nr volatile reinforce is_set_to set_ storage_type as_subclass affine_grid_generator constant_pad_nd convolution conv_tbc embedding_renorm_ feature_dropout* grid_sampler* gru gru_cell lstm lstm_cell rnn_* norm_except_dim *_with_indices nuclear_norm frobenius_norm variable is_tensor_like empty_strided new_empty_strided unsafe_* split_with_sizes",
  ],
  ["functions in place stand as methods only: x.abs_()", "@torch *_"],
  ["in place by an option: relu(x, { inplace: true })", "@nn.functional *_"],
  [
    "a tensor's shape and strides do not change: x = x.unsqueeze(0)",
    "@Tensor squeeze_ unsqueeze_ t_ transpose_ swapaxes_ swapdims_ as_strided_ resize_ resize_as_ resize resize_as",
  ],
  [
    "older name or form, given up by PyTorch for one that is here",
    "lstsq lu lu_solve matrix_rank solve symeig triangular_solve range upsample* new nelement ndimension",
  ],
  [
    "JavaScript has it: typed arrays, x.toArray(), x.toTypedArray(), instanceof Tensor, x.item()",
    "tolist numpy from_numpy frombuffer from_dlpack to_dlpack is_tensor is_nonzero apply_ map_ map2_ type",
  ],
  ["x.detach() shares memory and its version counter; p.data would hide a change from backward", "data"],
  ["x.fill_(value), or full", "fill"],
  [
    "float32 by default, said with dtype otherwise: a global default would make a program's meaning depend on its order",
    "get_default_dtype set_default_dtype set_default_tensor_type",
  ],
  ["four decimals, summarised from 1,000 elements on, always", "set_printoptions"],
  ["manualSeed(seed): a run that cannot be repeated is not offered", "seed"],
  ["autograd.detectAnomaly(fn)", "set_anomaly_enabled is_anomaly_enabled is_anomaly_check_nan_enabled"],
  ["safetensors and other files: io", "save load from_file"],
  ["the forms that return an error code instead of throwing", "cholesky_ex inv_ex solve_ex lu_factor_ex"],
  ["rarely used decompositions: may come", "ldl_* geqrf ormqr lobpcg pca_lowrank svd_lowrank"],
  ["rarely used draws: may come", "poisson binomial"],
  ["rarely used: may come", "segment_reduce histogramdd"],
  [
    "polynomials and Bessel functions without a gradient in PyTorch: may come",
    "*_polynomial_* bessel_* modified_bessel_* scaled_modified_bessel_* spherical_bessel_j0 airy_ai",
  ],
  ["nn.MultiheadAttention and nn.functional.scaledDotProductAttention", "multi_head_attention_forward"],
  ["vmap may come; capture takes the place of compile", "vmap compile"],
  ["of PyTorch's C++ modules", "module_load dim_order"],
];
