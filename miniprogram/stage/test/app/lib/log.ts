export function log(word: string) {
  getApp().log.push(word)
}
