import { ValueError } from "../../tensor/errors.js";
import { LRScheduler, type Scheduled, type ScheduleOptions } from "./scheduler.js";

/**
 * Down to `etaMin` (default 0) along half a cosine of `TMax` steps, and up again.
 *
 * @source torch.optim.lr_scheduler.CosineAnnealingLR; Loshchilov & Hutter, 2017
 */
export class CosineAnnealingLR extends LRScheduler {
  readonly TMax: number;
  readonly etaMin: number;

  constructor(optimizer: Scheduled, options: ScheduleOptions & { TMax: number; etaMin?: number | undefined }) {
    super(optimizer, options);
    this.TMax = options.TMax;
    this.etaMin = options.etaMin ?? 0;
    this.start();
  }

  protected override rates(): number[] {
    const { lastEpoch, TMax, etaMin } = this;
    const height = (epoch: number): number => 1 + Math.cos((Math.PI * epoch) / TMax);
    if (lastEpoch === 0) return this.each((lr) => lr);
    if (this.stepCount === 1) return this.each((_lr, baseLr) => etaMin + ((baseLr - etaMin) * height(lastEpoch)) / 2);
    // At the bottom the rate before says nothing of the way up.
    if ((lastEpoch - 1 - TMax) % (2 * TMax) === 0)
      return this.each((lr, baseLr) => lr + ((baseLr - etaMin) * (1 - Math.cos(Math.PI / TMax))) / 2);
    return this.each((lr) => (height(lastEpoch) / height(lastEpoch - 1)) * (lr - etaMin) + etaMin);
  }
}

/**
 * Half cosines down to `etaMin` (default 0), the first `T0` steps long, each `TMult` (default 1) times as long as the one before.
 *
 * @source torch.optim.lr_scheduler.CosineAnnealingWarmRestarts; Loshchilov & Hutter, 2017
 */
export class CosineAnnealingWarmRestarts extends LRScheduler {
  readonly T0: number;
  readonly TMult: number;
  readonly etaMin: number;
  protected length: number;
  protected position: number;

  constructor(
    optimizer: Scheduled,
    options: ScheduleOptions & { T0: number; TMult?: number | undefined; etaMin?: number | undefined },
  ) {
    super(optimizer, options);
    const { T0, TMult = 1, etaMin = 0 } = options;
    for (const [name, value] of Object.entries({ T0, TMult })) {
      if (Number.isInteger(value) && value >= 1) continue;
      throw new ValueError({
        op: "CosineAnnealingWarmRestarts",
        problem: `${name} is ${value}`,
        rule: "an integer from 1 up",
      });
    }
    this.T0 = T0;
    this.TMult = TMult;
    this.etaMin = etaMin;
    this.length = T0;
    this.position = this.lastEpoch;
    this.start();
  }

  /** @param epoch jumps there; may be a fraction: epoch + batch / batches */
  override step(epoch?: number): void {
    if (epoch === undefined && this.lastEpoch < 0) this.#jumpTo(0);
    else if (epoch === undefined) {
      this.position++;
      if (this.position >= this.length) {
        this.position -= this.length;
        this.length *= this.TMult;
      }
      this.lastEpoch++;
    } else {
      if (epoch < 0)
        throw new ValueError({ op: "CosineAnnealingWarmRestarts", problem: `epoch is ${epoch}`, rule: "from 0 up" });
      this.#jumpTo(epoch);
    }
    this.stepCount++;
    this.set();
  }

  override restart(): void {
    this.#jumpTo(0);
    this.set();
  }

  #jumpTo(epoch: number): void {
    const { T0, TMult } = this;
    this.lastEpoch = Math.floor(epoch);
    this.position = epoch;
    this.length = T0;
    if (epoch < T0) return;
    if (TMult === 1) {
      this.position = epoch % T0;
      return;
    }
    const n = Math.floor(Math.log((epoch / T0) * (TMult - 1) + 1) / Math.log(TMult));
    this.position = epoch - (T0 * (TMult ** n - 1)) / (TMult - 1);
    this.length = T0 * TMult ** n;
  }

  protected override rates(): number[] {
    const height = (1 + Math.cos((Math.PI * this.position) / this.length)) / 2;
    return this.each((_lr, baseLr) => this.etaMin + (baseLr - this.etaMin) * height);
  }
}
