/** Cases in which the library differs from PyTorch 1.13 on purpose, each with the reason. */
export const waivers: readonly { readonly id: RegExp; readonly reason: string }[] = [];
