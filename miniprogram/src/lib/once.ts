/**
 * The number of a request that must be done once. The same content sent again,
 * by a double tap or after a lost answer, goes under the same number; changed
 * content is another request.
 */
export class Once {
  private content = ''
  private number = ''

  keyOf(body: unknown): string {
    const content = JSON.stringify(body)
    if (content !== this.content || !this.number) {
      this.content = content
      this.number = newKey()
    }
    return this.number
  }

  /** It is done: whatever comes next is another request. */
  done(): void {
    this.number = ''
  }
}

/** 24 letters and digits, by chance. */
export function newKey(): string {
  const letters = 'abcdefghijklmnopqrstuvwxyz0123456789'
  return Array.from({ length: 24 }, () => letters[Math.floor(Math.random() * letters.length)]).join('')
}
