import "../ops/methods.js";

export * as functional from "./functional.js";
export * as init from "./init.js";
export { Flatten, Linear, ReLU, Sequential, Sigmoid, Tanh } from "./layers.js";
export { CrossEntropyLoss, MSELoss } from "./losses.js";
export { Module, StateDictError } from "./module.js";
export { Parameter } from "./parameter.js";
