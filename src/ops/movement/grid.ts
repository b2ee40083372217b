import { DTypeError, ShapeError, ValueError } from "../../tensor/errors.js";
import { elementsOf, Tensor } from "../../tensor/tensor.js";
import { indexSelect } from "../indexing/gather.js";
import { expand } from "./broadcast.js";
import { type Tensors, tensorsOf } from "./join.js";
import { reshape, stack, transpose } from "./reshape.js";

export interface MeshgridOptions {
  /** "ij": the first tensor runs along the rows; "xy": along the columns. Default "ij". */
  indexing?: "ij" | "xy" | undefined;
}

const isOptions = (x: Tensor | readonly Tensor[] | MeshgridOptions | undefined): x is MeshgridOptions =>
  typeof x === "object" && !(x instanceof Tensor) && !Array.isArray(x);

/**
 * The coordinates of a grid: every tensor expanded over all of them.
 *
 * @shape xs[i] [Sᵢ] → ys [S₀, S₁, …], as many as tensors
 * @source torch.meshgrid
 */
export const meshgrid = (
  ...args: Tensors | readonly [...Tensor[], MeshgridOptions] | readonly [readonly Tensor[], MeshgridOptions]
): Tensor[] => {
  const last = args.at(-1);
  const { indexing = "ij" } = isOptions(last) ? last : {};
  const tensors = tensorsOf((isOptions(last) ? args.slice(0, -1) : args) as Tensors);
  if (indexing !== "ij" && indexing !== "xy")
    throw new ValueError({
      op: "meshgrid",
      problem: `indexing ${String(indexing)} is not known`,
      rule: '"ij" or "xy"',
    });
  checkVectors("meshgrid", tensors);
  const sizes = tensors.map((x) => x.numel());
  const grids = tensors.map((x, i) =>
    expand(
      reshape(
        x,
        sizes.map((size, j) => (i === j ? size : 1)),
      ),
      sizes,
    ),
  );
  return indexing === "xy" && tensors.length > 1 ? grids.map((grid) => transpose(grid, 0, 1)) : grids;
};

const checkVectors = (op: string, tensors: readonly Tensor[]): void => {
  const [first] = tensors;
  if (first === undefined) throw new ValueError({ op, problem: "there is no tensor" });
  for (const x of tensors) {
    if (x.ndim > 1) throw new ShapeError({ op, problem: "takes vectors", args: { tensor: x.shape } });
    if (x.dtype !== first.dtype)
      throw new DTypeError({ op, problem: `takes tensors of one dtype, not ${first.dtype} and ${x.dtype}` });
  }
};

/** All ways to take one element of each vector, as rows. @shape xs[i] [Sᵢ] → y [ΠSᵢ, n]; one vector stays @source torch.cartesian_prod */
export const cartesianProd = (...args: Tensors): Tensor => {
  const tensors = tensorsOf(args);
  const other = tensors.find((x) => x.ndim !== 1);
  if (other !== undefined)
    throw new ShapeError({ op: "cartesianProd", problem: "takes vectors", args: { tensor: other.shape } });
  checkVectors("cartesianProd", tensors);
  if (tensors.length === 1) return tensors[0] as Tensor;
  return stack(
    meshgrid(tensors).map((grid) => reshape(grid, [grid.numel()])),
    1,
  );
};

export interface CombinationsOptions {
  /** Elements in each. Default 2. */
  r?: number | undefined;
  /** Whether an element may be taken again. Default false. */
  withReplacement?: boolean | undefined;
}

/** All ways to take r elements of a vector in their order, as rows. @source torch.combinations */
export const combinations = (x: Tensor, { r = 2, withReplacement = false }: CombinationsOptions = {}): Tensor => {
  if (x.ndim !== 1) throw new ShapeError({ op: "combinations", problem: "takes a vector", args: { x: x.shape } });
  if (!Number.isInteger(r) || r < 0)
    throw new ValueError({
      op: "combinations",
      problem: `${r} is not a number of elements`,
      rule: "an integer from 0 up",
    });
  if (r === 0) return Tensor.empty([0], x.dtype);
  const places: number[] = [];
  const taken: number[] = [];
  const take = (from: number): void => {
    if (taken.length === r) {
      places.push(...taken);
      return;
    }
    for (let i = from; i < x.numel(); i++) {
      taken.push(i);
      take(withReplacement ? i : i + 1);
      taken.pop();
    }
  };
  take(0);
  const index = Tensor.empty([places.length], "int32");
  elementsOf(index, "int32").set(places);
  return reshape(indexSelect(x, 0, index), [places.length / r, r]);
};
