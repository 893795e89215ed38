// Lengths of WeChat in the browser's terms. A page is as wide as 750rpx, and
// 100vh is the height of the page without the bar above it.
export function inBrowserUnits(value: string) {
  return value
    .replace(/(-?[\d.]+)rpx\b/g, 'calc($1 * var(--rpx))')
    .replace(/(-?\b[\d.]+)vh\b/g, 'calc($1 * var(--vh))')
}
