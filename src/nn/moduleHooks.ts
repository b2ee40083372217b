// biome-ignore lint/suspicious/noShadowRestrictedNames: PyTorch's name
import { Function, type FunctionContext } from "../autograd/function.js";
import { forgetRecordings, recorder } from "../tensor/recorder.js";
import { Tensor } from "../tensor/tensor.js";
import type { Module } from "./module.js";
import type {
  LoadStateDictPostHook,
  LoadStateDictPreHook,
  StateDictPostHook,
  StateDictPreHook,
  StateHooks,
} from "./moduleState.js";

type Gradients = readonly (Tensor | null)[];

/** Called before forward; may return other inputs. */
export type ForwardPreHook = (module: Module, inputs: readonly unknown[]) => unknown[] | undefined;
/** Called after forward; may return another output. */
export type ForwardHook = (module: Module, inputs: readonly unknown[], output: unknown) => unknown;
/** Called before a module's backward with the gradient of each tensor that it gave; may return others. */
export type BackwardPreHook = (module: Module, gradOutput: Gradients) => Gradients | undefined;
/**
 * Called after a module's backward with the gradients of the tensors that it took (null for one that wants none) and
 * gave; may return others for those that it took.
 */
export type BackwardHook = (module: Module, gradInput: Gradients, gradOutput: Gradients) => Gradients | undefined;

/** What runs around a module's forward and backward. */
interface Hooks {
  readonly forwardPre: ForwardPreHook[];
  readonly forward: ForwardHook[];
  readonly backwardPre: BackwardPreHook[];
  readonly backward: BackwardHook[];
}

/** Hands tensors through, and their gradients to a function that may replace them. */
class GradientTap extends Function {
  static forward(ctx: FunctionContext, onGradients: (grads: Gradients) => Gradients, ...tensors: Tensor[]): Tensor[] {
    ctx.onGradients = onGradients;
    return tensors;
  }

  static backward(ctx: FunctionContext, ...grads: Tensor[]): (Tensor | null)[] {
    return [null, ...(ctx.onGradients as (grads: Gradients) => Gradients)(grads)];
  }
}

/** Hooks may hold what they are given longer than the walk does. */
const kept = (grads: Gradients): Gradients => {
  for (const grad of grads) grad?.storage.keep();
  return grads;
};

/** The same values with a tap on those tensors among them that want a gradient. */
const tapped = (values: readonly unknown[], onGradients: (grads: Gradients) => Gradients): unknown[] => {
  const isTapped = (value: unknown): value is Tensor => value instanceof Tensor && value.requiresGrad;
  const tensors = values.filter(isTapped);
  if (tensors.length === 0) return [...values];
  const taps = GradientTap.apply(onGradients, ...tensors);
  let next = 0;
  return values.map((value) => (isTapped(value) ? taps[next++] : value));
};

/** Puts hooks around a forward. */
const hookedForward =
  (module: Module, forward: (...inputs: unknown[]) => unknown, hooks: Hooks) =>
  (...given: unknown[]): unknown => {
    if (Object.values(hooks).some((list: readonly unknown[]) => list.length > 0)) {
      recorder?.refuses(
        module.constructor.name,
        "the module has a hook, which runs JavaScript on each forward",
        "take the hook away, or run the step without capture",
      );
    }
    let inputs = hooks.forwardPre.reduce((now, hook) => hook(module, now) ?? now, given);
    const wantsBackward = hooks.backward.length + hooks.backwardPre.length > 0;
    let gradOutput: Gradients = [];
    const wanted = inputs.flatMap((value) => (value instanceof Tensor ? [value.requiresGrad] : []));
    const after = (gradInput: Gradients): Gradients =>
      hooks.backward.reduce((now, hook) => hook(module, now, gradOutput) ?? now, gradInput);
    if (wantsBackward)
      inputs = tapped(inputs, (grads) => {
        let next = 0;
        const all = after(kept(wanted.map((wants) => (wants ? (grads[next++] as Tensor) : null))));
        return all.filter((_, i) => wanted[i]);
      });
    let output = forward(...inputs);
    if (wantsBackward) {
      const isList = Array.isArray(output);
      const outputs = tapped(isList ? (output as unknown[]) : [output], (grads) => {
        gradOutput = kept(hooks.backwardPre.reduce<Gradients>((now, hook) => hook(module, now) ?? now, kept(grads)));
        // Without an input that wants a gradient, the module's backward ends here as far as anyone outside can see.
        if (!wanted.includes(true)) after(wanted.map(() => null));
        return gradOutput;
      });
      output = isList ? outputs : outputs[0];
    }
    return hooks.forward.reduce((now: unknown, hook) => hook(module, inputs, now) ?? now, output);
  };

/** Adds a hook. @returns a function that removes it */
const added = <H>(list: H[], hook: H): (() => void) => {
  list.push(hook);
  forgetRecordings();
  return () => {
    const at = list.indexOf(hook);
    if (at >= 0) list.splice(at, 1);
  };
};

/** What can be hooked: the part of a module that knows its hooks. */
export abstract class Hookable {
  #hooks: Hooks | null = null;
  #stateHooks: StateHooks | null = null;

  /** Computes the layer's outputs. */
  abstract forward(...inputs: never[]): unknown;

  /** Calls `hook` before each forward; inputs that it returns take the place of the given ones. @returns a function that removes it */
  registerForwardPreHook(hook: ForwardPreHook): () => void {
    return added(this.#hooked().forwardPre, hook);
  }

  /** Calls `hook` after each forward; an output that it returns takes the output's place. @returns a function that removes it */
  registerForwardHook(hook: ForwardHook): () => void {
    return added(this.#hooked().forward, hook);
  }

  /** Calls `hook` with the gradients of the outputs before they go back through the module. @returns a function that removes it */
  registerFullBackwardPreHook(hook: BackwardPreHook): () => void {
    return added(this.#hooked().backwardPre, hook);
  }

  /**
   * Calls `hook` with the gradients of the tensors that forward took and gave, when both are known.
   *
   * @returns a function that removes it
   */
  registerFullBackwardHook(hook: BackwardHook): () => void {
    return added(this.#hooked().backward, hook);
  }

  /** The first hook puts a forward of its own in front of the class's, so that modules without hooks pay nothing. */
  #hooked(): Hooks {
    if (this.#hooks === null) {
      this.#hooks = { forwardPre: [], forward: [], backwardPre: [], backward: [] };
      const forward = this.forward.bind(this) as (...inputs: unknown[]) => unknown;
      const value = hookedForward(this as unknown as Module, forward, this.#hooks);
      Object.defineProperty(this, "forward", { value, enumerable: false, configurable: true });
    }
    return this.#hooks;
  }

  /** Calls `hook` before this module's part of a state dict is made. @returns a function that removes it */
  registerStateDictPreHook(hook: StateDictPreHook): () => void {
    return added(this.#stateHooked().savePre, hook);
  }

  /** Calls `hook` with the state dict once this module's part is in it. @returns a function that removes it */
  registerStateDictPostHook(hook: StateDictPostHook): () => void {
    return added(this.#stateHooked().savePost, hook);
  }

  /** Calls `hook` with a copy of a state dict before it is checked, for example to rename old keys. @returns a function that removes it */
  registerLoadStateDictPreHook(hook: LoadStateDictPreHook): () => void {
    return added(this.#stateHooked().loadPre, hook);
  }

  /** Calls `hook` after this module and all below were loaded. @returns a function that removes it */
  registerLoadStateDictPostHook(hook: LoadStateDictPostHook): () => void {
    return added(this.#stateHooked().loadPost, hook);
  }

  #stateHooked(): StateHooks {
    this.#stateHooks ??= { savePre: [], savePost: [], loadPre: [], loadPost: [] };
    return this.#stateHooks;
  }

  /** @internal */
  get stateHooks(): StateHooks | null {
    return this.#stateHooks;
  }
}
