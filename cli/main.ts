#!/usr/bin/env node
import { readFileSync } from "node:fs";
import { Command, Option } from "commander";
import type { DoctorSettings } from "./doctor/doctor.js";
import { Interrupted } from "./interrupt.js";
import {
  fileName,
  integer,
  type MnistOptions,
  positiveInteger,
  positiveNumber,
  settle,
  share,
  sizes,
} from "./settings.js";
import type { SmallSettings } from "./trainSmall.js";

const manifest = JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8")) as {
  version: string;
};

/** Node 20 has fused multiply-add behind a flag: this process may turn it on, before the library is loaded. */
const prepareEngine = async (): Promise<void> => {
  if (Number(process.versions.node.split(".")[0]) >= 22) return;
  const { setFlagsFromString } = await import("node:v8");
  setFlagsFromString("--experimental-wasm-relaxed-simd");
};

/** A failure is one message and an exit code, never a stack trace. */
const guarded = async (run: () => Promise<number>): Promise<void> => {
  try {
    await prepareEngine();
    process.exitCode = await run();
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    process.exitCode = error instanceof Interrupted ? 130 : 1;
  }
};

/** Output that nobody reads (`| head`) ends the command quietly; output that cannot be written is a failure. */
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code !== "EPIPE") process.stderr.write(`the output could not be written (${error.message})\n`);
  process.exit(error.code === "EPIPE" ? 0 : 1);
});

const program = new Command("mytorch")
  .description("Train small networks, and watch what they do.")
  .version(manifest.version)
  .showHelpAfterError("(mytorch --help shows what there is)")
  .exitOverride((error) => process.exit(error.exitCode === 0 ? 0 : 2));

program
  .command("doctor")
  .description("what the library finds on this machine, and how fast it is here")
  .option("--quick", "without the benchmark of ten seconds", false)
  .option("--json", "one JSON object", false)
  .addHelpText("after", "\nExit code 1 where something is broken.\n\nExample:\n  mytorch doctor --quick")
  .action((options: DoctorSettings) =>
    guarded(async () => {
      const { doctor } = await import("./doctor/doctor.js");
      return doctor(options, manifest.version);
    }),
  );

const train = program.command("train").description("train a network and draw how it went");

const shared = (command: Command, plot?: string): Command =>
  command
    .option("--seed <n>", "seed of the random generator", integer, 0)
    .option(
      "--plot <file>",
      `where the picture goes; .svg and .png are written${plot ? "" : " (default: the data set)"}`,
      fileName,
      plot,
    )
    .option("--threads <n>", "threads to compute on (default: one for each core)", positiveInteger)
    .option("--no-capture", "run every step as it stands, instead of replaying a recorded one: same numbers, slower")
    .option("--json", "one JSON object a line: settings, epochs, result", false)
    .option("--quiet", "only the result", false);

shared(train.command("mnist"))
  .description("a multilayer perceptron on 60,000 handwritten digits")
  .addOption(new Option("--dataset <name>", "which images").choices(["mnist", "fashion-mnist"]).default("mnist"))
  .option("--data <dir>", "folder with the four IDX files")
  .option("--train <n>", "training images", positiveInteger, 60000)
  .option("--test <n>", "test images", positiveInteger, 10000)
  .option("--epochs <n>", "times through the training images", positiveInteger, 5)
  .option("--lr <x>", "learning rate (default: 0.1, or 0.001 with adam and adamw)", positiveNumber)
  .option("--momentum <x>", "share of the last step that sgd keeps (default: 0.9, or 0 with --optimizer)", share)
  .addOption(
    new Option(
      "--schedule <name>",
      "constant, or falling along a cosine (default: cosine, or constant with --optimizer)",
    ).choices(["constant", "cosine"]),
  )
  .option("--batch-size <n>", "images a step", positiveInteger, 100)
  .addOption(new Option("--optimizer <name>", "how to step (default: sgd, tuned)").choices(["sgd", "adam", "adamw"]))
  .option("--hidden <sizes>", "widths of the hidden layers, such as 128 or 256,64", sizes, [128])
  .addOption(new Option("--init <name>", "first weights").choices(["torch", "he", "xavier"]).default("torch"))
  .option("--blas <which>", "what multiplies large matrices: auto, off, or the path of a library")
  .addHelpText(
    "after",
    "\nExamples:\n  mytorch train mnist\n  mytorch train mnist --dataset fashion-mnist --hidden 256,64\n  mytorch train mnist --train 5000 --test 1000 --epochs 10 --lr 0.05 --optimizer sgd --init he",
  )
  .action((options: MnistOptions, command: Command) => {
    if (options.momentum !== undefined && (options.optimizer ?? "sgd") !== "sgd")
      command.error(`error: option '--momentum <x>' is for sgd, ${options.optimizer} has betas`);
    return guarded(async () => {
      const { trainMnist } = await import("./trainMnist.js");
      return trainMnist(settle(options));
    });
  });

const small = (kind: "synthetic" | "line" | "curve", description: string, epochs: number, lr: number): void => {
  shared(train.command(kind), kind)
    .description(description)
    .option("--epochs <n>", "steps", positiveInteger, epochs)
    .option("--lr <x>", "learning rate", positiveNumber, lr)
    .addHelpText("after", `\nExample:\n  mytorch train ${kind} --seed 1`)
    .action((options: SmallSettings) =>
      guarded(async () => {
        const { trainSmall } = await import("./trainSmall.js");
        return trainSmall(kind, options);
      }),
    );
};

small("synthetic", "a 2-3-1 network on two samples", 1000, 0.01);
small("line", "y = ax + b through noisy points", 500, 0.1);
small("curve", "a ReLU network along a noisy sine", 2000, 0.05);

await program.parseAsync();
