import { noGrad } from "../../autograd/mode.js";
import { cat, reshape } from "../../ops/movement/reshape.js";
import { narrow } from "../../ops/movement/slice.js";
import { ShapeError } from "../../tensor/errors.js";
import type { Tensor } from "../../tensor/tensor.js";

/** All parameters, one after the other. @source torch.nn.utils.parameters_to_vector */
export const parametersToVector = (parameters: readonly Tensor[]): Tensor =>
  cat(parameters.map((parameter) => reshape(parameter, [-1])));

/** Copies a vector's parts into the parameters. @source torch.nn.utils.vector_to_parameters */
export const vectorToParameters = (vector: Tensor, parameters: readonly Tensor[]): void => {
  const wanted = parameters.reduce((total, parameter) => total + parameter.numel(), 0);
  if (vector.ndim !== 1 || vector.numel() !== wanted) {
    throw new ShapeError({
      op: "vectorToParameters",
      problem: `the parameters have ${wanted} elements in all`,
      args: { vector: vector.shape },
    });
  }
  noGrad(() => {
    let start = 0;
    for (const parameter of parameters) {
      parameter.copy_(reshape(narrow(vector, 0, start, parameter.numel()), parameter.shape));
      start += parameter.numel();
    }
  });
};
