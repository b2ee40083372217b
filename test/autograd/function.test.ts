import { describe, expect, it } from "vitest";
import { autograd, GradError, manualSeed, noGrad, randn, type Tensor, tensor } from "../../src/index.js";

class Cube extends autograd.Function {
  static forward(ctx: autograd.FunctionContext, x: Tensor): Tensor {
    ctx.saveForBackward(x);
    return x.pow(3);
  }
  static backward(ctx: autograd.FunctionContext, dY: Tensor): Tensor {
    const [x] = ctx.savedTensors as [Tensor];
    return dY.mul(x.pow(2).mul(3));
  }
}

/** x · factor and the place of the largest, which has no gradient. */
class ScaleAndFind extends autograd.Function {
  static forward(ctx: autograd.FunctionContext, x: Tensor, factor: number): [Tensor, Tensor] {
    ctx.factor = factor;
    const place = x.argmax().to("float64");
    ctx.markNonDifferentiable(place);
    return [x.mul(factor), place];
  }
  static backward(ctx: autograd.FunctionContext, dY: Tensor): (Tensor | null)[] {
    return [dY.mul(ctx.factor as number), null];
  }
}

class WrongSign extends autograd.Function {
  static forward(ctx: autograd.FunctionContext, x: Tensor): Tensor {
    ctx.saveForBackward(x);
    return x.sin();
  }
  static backward(ctx: autograd.FunctionContext, dY: Tensor): Tensor {
    const [x] = ctx.savedTensors as [Tensor];
    return dY.mul(x.cos().neg());
  }
}

class TooMany extends autograd.Function {
  static forward(_ctx: autograd.FunctionContext, x: Tensor): Tensor {
    return x.mul(2);
  }
  static backward(_ctx: autograd.FunctionContext, dY: Tensor): Tensor[] {
    return [dY, dY];
  }
}

class Same extends autograd.Function {
  static forward(_ctx: autograd.FunctionContext, x: Tensor): Tensor {
    return x;
  }
  static backward(_ctx: autograd.FunctionContext, dY: Tensor): Tensor {
    return dY.mul(10);
  }
}

const point = (...shape: number[]): Tensor => {
  manualSeed(3);
  return randn(shape, { dtype: "float64", requiresGrad: true });
};

describe("a person's own op", () => {
  it("passes gradcheck to the second order", () => {
    expect(autograd.gradcheck((x) => Cube.apply(x), [point(2, 3)])).toBe(true);
    expect(autograd.gradgradcheck((x) => Cube.apply(x), [point(2, 3)])).toBe(true);
  });

  it("takes plain arguments, keeps attributes, and leaves what is not differentiable without a gradient", () => {
    const x = point(4);
    const [y, place] = ScaleAndFind.apply(x, 2.5);
    expect([y.requiresGrad, place.requiresGrad]).toEqual([true, false]);
    y.sum().backward();
    expect(x.grad?.toArray()).toEqual([2.5, 2.5, 2.5, 2.5]);
  });

  it("is not recorded under noGrad, nor without an input that wants a gradient", () => {
    expect(noGrad(() => Cube.apply(point(2))).requiresGrad).toBe(false);
    expect(Cube.apply(tensor([2])).toArray()).toEqual([8]);
  });

  it("may hand an argument through", () => {
    const x = tensor([1.5, 2], { requiresGrad: true });
    Same.apply(x).sum().backward();
    expect(x.grad?.toArray()).toEqual([10, 10]);
    expect(x.isLeaf).toBe(true);
  });

  it("is refused when it returns the wrong number of gradients", () => {
    expect(() => TooMany.apply(point(2)).sum().backward()).toThrow(/TooMany: its backward returned 2 gradients for 1/);
  });

  it("refuses a saved value that was changed since", () => {
    const x = point(2);
    const y = x.mul(1);
    const z = Cube.apply(y);
    y.add_(1);
    expect(() => z.sum().backward()).toThrow(GradError);
  });
});

describe("gradcheck", () => {
  it("finds a wrong sign, and says where", () => {
    expect(() => autograd.gradcheck((x) => WrongSign.apply(x), [point(3)])).toThrow(
      /gradient of input 0 at element 0 is .*central differences give/,
    );
    expect(autograd.gradcheck((x) => WrongSign.apply(x), [point(3)], { raiseException: false })).toBe(false);
    expect(autograd.gradcheck((x) => WrongSign.apply(x), [point(3)], { raiseException: false, fastMode: true })).toBe(
      false,
    );
  });

  it("finds a factor in the second order only", () => {
    class Square extends autograd.Function {
      static forward(ctx: autograd.FunctionContext, x: Tensor): Tensor {
        ctx.saveForBackward(x);
        return x.square();
      }
      static backward(ctx: autograd.FunctionContext, dY: Tensor): Tensor {
        const [x] = ctx.savedTensors as [Tensor];
        return dY.mul(x.detach().mul(2));
      }
    }
    expect(autograd.gradcheck((x) => Square.apply(x), [point(3)])).toBe(true);
    expect(() => autograd.gradgradcheck((x) => Square.apply(x), [point(3)])).toThrow(GradError);
  });

  it("takes strided inputs and several outputs, and puts inputs back as they were", () => {
    const x = noGrad(() => point(4, 3).t().narrow(1, 0, 2)).requiresGrad_();
    const before = x.toArray();
    expect(autograd.gradcheck((a: Tensor) => [a.sin(), a.sum(0), a.argmax()], [x])).toBe(true);
    expect(x.toArray()).toEqual(before);
  });

  it("refuses float32, shared elements, and nothing to check", () => {
    expect(() => autograd.gradcheck((x) => x, [tensor([1.5], { requiresGrad: true })])).toThrow(/needs? float64/);
    expect(() => autograd.gradcheck((x) => x, [point(1, 3).detach().expand(2, 3).requiresGrad_()])).toThrow(/share/);
    expect(() => autograd.gradcheck((x) => x, [tensor([1])])).toThrow(/nothing to check/);
  });
});
