/** The clock of the page: one moment that scene, charts and ribbon share. */

export const SPEEDS = [1, 2, 5, 10, 20, 30, 60] as const;

/** A whole feed is played in about this time unless another speed is chosen. */
const PLAY_S = 40;

export const reducedMotion = (): boolean => matchMedia("(prefers-reduced-motion: reduce)").matches;

export class Player {
  time = $state(0);
  duration = $state(0);
  playing = $state(false);
  speed = $state(20);
  /** Sucks since the start of playing, in turns, at the model's rate in the viewer's own time. */
  turns = $state(0);
  rate: () => number = () => 0;
  #frame = 0;
  #last = 0;
  #chosen = false;

  load(duration: number): void {
    this.duration = duration;
    if (!this.#chosen) this.speed = nearest(duration / PLAY_S);
    this.time = Math.min(this.time, duration);
  }

  setSpeed(speed: number): void {
    this.speed = speed;
    this.#chosen = true;
  }

  seek(time: number): void {
    this.time = Math.min(Math.max(time, 0), this.duration);
  }

  toggle(): void {
    if (this.playing) this.pause();
    else this.play();
  }

  play(): void {
    if (this.playing || this.duration <= 0) return;
    if (this.time >= this.duration - 0.05) this.time = 0;
    this.playing = true;
    this.#last = performance.now();
    this.#frame = requestAnimationFrame(this.#step);
  }

  pause(): void {
    this.playing = false;
    cancelAnimationFrame(this.#frame);
  }

  #step = (now: number): void => {
    if (!this.playing) return;
    // a hidden tab gives one long step; the feed must not jump by it
    const elapsed = Math.min((now - this.#last) / 1000, 0.1);
    this.#last = now;
    this.time = Math.min(this.time + elapsed * this.speed, this.duration);
    if (!reducedMotion()) this.turns = (this.turns + elapsed * Math.min(this.rate(), 3)) % 1e6;
    if (this.time >= this.duration) {
      this.playing = false;
      return;
    }
    this.#frame = requestAnimationFrame(this.#step);
  };
}

function nearest(speed: number): number {
  return SPEEDS.reduce((best, s) => (Math.abs(Math.log(s / speed)) < Math.abs(Math.log(best / speed)) ? s : best), SPEEDS[0] as number);
}
