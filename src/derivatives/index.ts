/** autograd.functional: derivatives of functions, built on the engine and on ops. */
export { type DerivativeOptions, hessian, type Jacobian, jacobian } from "./jacobian.js";
export { hvp, hvp as vhp, jvp, vjp } from "./products.js";
