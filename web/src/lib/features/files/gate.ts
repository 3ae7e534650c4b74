// Holds back every new request while it is closed; what is on its way arrives.
export class Gate {
  #closed: Promise<void> | null = null;
  #open = () => {};
  get paused() {
    return this.#closed !== null;
  }
  close() {
    this.#closed ??= new Promise((done) => (this.#open = done));
  }
  open() {
    this.#closed = null;
    this.#open();
  }
  readonly fetch: typeof fetch = async (input, init) => {
    while (this.#closed) await this.#closed;
    return fetch(input, init);
  };
}
