// Done at once, undone for a while: toasts with a step behind them, and the last twenty steps. Knows no transfer.
import type { IconName } from '../parts/icons';

const LIFE = 8000;
const STACK = 3;
const DEPTH = 20;

export interface Step {
  undo: () => Promise<unknown>;
  redo: () => Promise<unknown>;
}

export interface Toast {
  id: number;
  text: string;
  icon: IconName;
  step: Step | null;
  remaining: number;
}

export class Undo {
  toasts = $state.raw<Toast[]>([]);
  held = $state(false);
  #done: Step[] = [];
  #undone: Step[] = [];
  #next = 1;
  #refused: (error: unknown) => void;

  constructor(refused: (error: unknown) => void) {
    this.#refused = refused;
  }

  /** Tells what was done, with a way back when there is one. */
  tell(text: string, icon: IconName, step: Step | null = null): void {
    if (step) this.remember(step);
    const toast = { id: this.#next++, text, icon, step, remaining: LIFE };
    this.toasts = [...this.toasts, toast].slice(-STACK);
  }

  /** A step without a toast: the control itself has shown what happened. */
  remember(step: Step): void {
    this.#done = [...this.#done, step].slice(-DEPTH);
    this.#undone = [];
  }

  /** Time passes, unless a toast is looked at. */
  tick(elapsed: number): void {
    if (this.held || this.toasts.length === 0) return;
    for (const toast of this.toasts) toast.remaining -= elapsed;
    if (this.toasts.some((toast) => toast.remaining <= 0)) {
      this.toasts = this.toasts.filter((toast) => toast.remaining > 0);
    }
  }

  dismiss(toast: Toast): void {
    this.toasts = this.toasts.filter((other) => other !== toast);
    this.held = false;
  }

  async undo(step: Step | undefined = this.#done.at(-1)): Promise<void> {
    if (!step || !this.#done.includes(step)) return;
    this.#done = this.#done.filter((other) => other !== step);
    this.#undone.push(step);
    this.toasts = this.toasts.filter((toast) => toast.step !== step);
    this.held = false;
    await step.undo().catch(this.#refused);
  }

  async redo(): Promise<void> {
    const step = this.#undone.pop();
    if (!step) return;
    this.#done.push(step);
    await step.redo().catch(this.#refused);
  }
}
