// Fingers and the mouse, turned into WeChat's touch events, taps and long
// presses. A mouse counts as one finger.
import { nearest, type EngineElement } from './engine'

export type Fire = (target: EngineElement, type: string, detail: object, extra: object, original: Event) => void

interface Point {
  identifier: number
  pageX: number
  pageY: number
  clientX: number
  clientY: number
}

const tapDistance = 10
const longPressTime = 350
// Browsers send mouse events after a touch; they tell nothing new.
const echoTime = 800

let tapEndsAt = 0

/** inTap tells whether the script that runs now was called by a tap, without waiting in between. */
export const inTap = () => performance.now() <= tapEndsAt

/** allowAsTap lets what follows in this turn count as called by a tap. */
export function allowAsTap() {
  tapEndsAt = Number.POSITIVE_INFINITY
  setTimeout(() => {
    tapEndsAt = 0
  })
}

/** watchGestures reports everything that fingers do anywhere in the document. */
export function watchGestures(fire: Fire) {
  let start = { x: 0, y: 0 }
  let moved = false
  let longPress: ReturnType<typeof setTimeout> | undefined
  let lastTouch = -echoTime
  let pressed = false

  const send = (event: Event, type: string, detail: object, touches: Point[], changed: Point[]) => {
    const target = nearest(event.target)
    if (target) fire(target, type, detail, { touches, changedTouches: changed }, event)
  }
  const down = (event: Event, touches: Point[]) => {
    const first = touches[0]
    if (!first) return
    start = { x: first.clientX, y: first.clientY }
    moved = false
    hover(event.target as Element, true)
    send(event, 'touchstart', {}, touches, touches)
    clearTimeout(longPress)
    longPress = setTimeout(() => {
      if (!moved) send(event, 'longpress', start, touches, touches)
    }, longPressTime)
  }
  const move = (event: Event, touches: Point[]) => {
    const first = touches[0]
    send(event, 'touchmove', {}, touches, touches)
    if (first && Math.hypot(start.x - first.clientX, start.y - first.clientY) > tapDistance) moved = true
  }
  const up = (event: Event, changed: Point[]) => {
    clearTimeout(longPress)
    hover(event.target as Element, false)
    send(event, 'touchend', {}, [], changed)
  }
  const cancel = (event: TouchEvent) => {
    clearTimeout(longPress)
    moved = true
    hover(event.target as Element, false)
    send(event, 'touchcancel', {}, [], points(event.changedTouches))
  }
  // The browser's click is the tap: it comes last, so that nothing which a tap
  // brings up lies under the finger before the finger is done.
  const click = (event: MouseEvent) => {
    const target = event.target as Element
    if (moved || asleep(target)) return
    allowAsTap()
    send(event, 'tap', { x: event.clientX, y: event.clientY }, [], points([event]))
    act(target)
  }

  const options = { capture: true, passive: true }
  const touched = (handle: (event: TouchEvent) => void) => (event: TouchEvent) => {
    lastTouch = performance.now()
    handle(event)
  }
  const mouse = (handle: (event: MouseEvent) => void) => (event: MouseEvent) => {
    if (performance.now() - lastTouch > echoTime) handle(event)
  }
  document.addEventListener('touchstart', touched((event) => down(event, points(event.touches))), options)
  document.addEventListener('touchmove', touched((event) => move(event, points(event.touches))), options)
  document.addEventListener('touchend', touched((event) => up(event, points(event.changedTouches))), options)
  document.addEventListener('touchcancel', touched(cancel), options)
  document.addEventListener('click', click, options)
  document.addEventListener(
    'mousedown',
    mouse((event) => {
      pressed = event.button === 0
      if (pressed) down(event, points([event]))
    }),
    options,
  )
  document.addEventListener('mousemove', mouse((event) => pressed && move(event, points([event]))), options)
  document.addEventListener(
    'mouseup',
    mouse((event) => {
      if (pressed) up(event, points([event]))
      pressed = false
    }),
    options,
  )
}

/** drag reports how far a finger that went down on an element has moved; start says whether it is wanted. */
export function drag(
  element: HTMLElement,
  handle: { start(): boolean; move(x: number, y: number): void; end(x: number, y: number): void },
) {
  let from: { x: number; y: number } | null = null
  const at = (event: TouchEvent | MouseEvent) => ('touches' in event ? (event.touches[0] ?? event.changedTouches[0]) : event)
  const begin = (event: TouchEvent | MouseEvent) => {
    const point = at(event)
    from = point && handle.start() ? { x: point.clientX, y: point.clientY } : null
  }
  const go = (event: TouchEvent | MouseEvent) => {
    const point = at(event)
    if (from && point) handle.move(point.clientX - from.x, point.clientY - from.y)
  }
  const finish = (event: TouchEvent | MouseEvent) => {
    const point = at(event)
    if (from && point) handle.end(point.clientX - from.x, point.clientY - from.y)
    from = null
  }
  for (const type of ['touchstart', 'mousedown'] as const) element.addEventListener(type, begin, { passive: true })
  for (const type of ['touchmove', 'mousemove'] as const) document.addEventListener(type, go, { passive: true })
  for (const type of ['touchend', 'touchcancel', 'mouseup'] as const) document.addEventListener(type, finish)
}

function points(list: Iterable<Touch | MouseEvent> | ArrayLike<Touch | MouseEvent>): Point[] {
  return Array.from(list, (touch) => ({
    identifier: 'identifier' in touch ? touch.identifier : 0,
    pageX: touch.pageX,
    pageY: touch.pageY,
    clientX: touch.clientX,
    clientY: touch.clientY,
  }))
}

/** asleep tells whether a tap lands on a button that does nothing now. */
function asleep(target: Element) {
  const button = target.closest?.('wx-button')
  return !!button && (button.hasAttribute('disabled') || button.hasAttribute('loading'))
}

/** act does what the built-in elements under the finger do when they are tapped. */
function act(target: Element) {
  for (let node: Element | null = target; node; node = node.parentElement) {
    if ((node as EngineElement).onTap?.(target)) return
  }
}

/** hover shows which element the finger is on: the stage dims it, whatever its hover-class says. */
function hover(target: Element, on: boolean) {
  if (!on) {
    for (const lit of document.querySelectorAll('[data-hover]')) lit.removeAttribute('data-hover')
    return
  }
  const element = target.closest?.('wx-button, wx-navigator, [hover-class]:not([hover-class="none"])')
  if (element && element.getAttribute('hover-class') !== 'none' && !asleep(target)) element.setAttribute('data-hover', '')
}
