/** Where the library was called from. */
export interface CallSite {
  /** The function of the library that was called, as the engine names it: "rand", "Linear.forward". */
  readonly call: string;
  /** file:line:column of the caller. */
  readonly where: string;
}

interface Frame {
  readonly name: string;
  readonly place: string;
}

/** "at name (file:1:2)" and "at file:1:2" as V8 writes them, "name@file:1:2" as Firefox and Safari do. */
const framePattern = /^\s*(?:at (?:(?:async )?(.*?) \()?|(.*?)@)(\S+:\d+:\d+)\)?$/;
/** Deep enough for a model of models. */
const STACK_DEPTH = 60;

const pathOf = (url: string): string => url.replace(/^file:\/\//, "");
const library = pathOf(import.meta.url).replace(/tensor\/[^/]*$/, "");

/** An error that knows the calls that led here; its stack is made when it is asked for. */
export const here = (): Error => {
  const before = Error.stackTraceLimit;
  Error.stackTraceLimit = STACK_DEPTH;
  const error = new Error("called here");
  Error.stackTraceLimit = before;
  return error;
};

const framesOf = ({ stack = "" }: Error): Frame[] =>
  stack.split("\n").flatMap((line) => {
    const [, v8, other, place] = framePattern.exec(line) ?? [];
    return place === undefined ? [] : [{ name: v8 ?? other ?? "", place: pathOf(place) }];
  });

/** The nearest caller outside of the library; its outermost caller, where all code is in one file. */
export const callSite = (error: Error = here()): CallSite => {
  const frames = framesOf(error);
  const outside = frames.findIndex(({ place }) => !place.startsWith(library));
  const at = outside < 0 ? frames.length - 1 : outside;
  return { call: frames[at - 1]?.name ?? "", where: frames[at]?.place ?? "unknown" };
};
