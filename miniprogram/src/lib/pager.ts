/** A list that is read a page at a time, as it is scrolled. */
export class Pager<T> {
  private cursor = ''
  private ended = false
  private going = false

  constructor(private readonly ask: (cursor: string) => Promise<{ items: T[]; next: string }>) {}

  /** The first page. */
  async first(): Promise<T[]> {
    this.cursor = ''
    this.ended = false
    return this.read()
  }

  /** The next page; [] at the end, or while one is being read. */
  async more(): Promise<T[]> {
    return this.ended || this.going ? [] : this.read()
  }

  /** Whether all has been read. */
  get done(): boolean {
    return this.ended
  }

  private async read(): Promise<T[]> {
    this.going = true
    try {
      const page = await this.ask(this.cursor)
      this.cursor = page.next
      this.ended = page.next === ''
      return page.items
    } finally {
      this.going = false
    }
  }
}
