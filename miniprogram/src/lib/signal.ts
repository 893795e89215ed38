/** Something that others want to be told of. */
export class Signal {
  private readonly listeners = new Set<() => void>()

  /** Answers what ends the listening. */
  listen(listener: () => void): () => void {
    this.listeners.add(listener)
    return () => this.listeners.delete(listener)
  }

  tell(): void {
    for (const listener of [...this.listeners]) listener()
  }
}
