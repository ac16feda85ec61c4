const PATIENCE = 20_000 // ms until it is sent again: what a very busy server had drawn may never have come

// What the person did and the server has not taken yet. Everything in it is sent again until it is acknowledged, by
// number, so that a cut connection or a server that was started anew loses nothing and takes nothing twice.
export class Outbox {
  constructor() {
    this.client = `${Date.now().toString(36)}-${Math.random().toString(36).slice(2)}`
    this.last = 0
    this.waiting = []
    this.send = () => {}
  }

  add(action) {
    this.waiting.push({ n: ++this.last, ...action })
    this.told()
    this.deliver()
  }

  deliver() {
    this.send({ client: this.client, actions: this.waiting })
    this.watch()
  }

  /** Deliver it once more where nothing is heard of it for a while. */
  watch() {
    this.pause()
    if (this.waiting.length) this.timer = setTimeout(() => this.deliver(), PATIENCE)
  }

  /** Without a grid on the page nobody waits for it. */
  pause() { clearTimeout(this.timer) }

  /** The server has taken everything up to this number. */
  taken(numbers) {
    const number = numbers?.[this.client] ?? 0
    const left = this.waiting.filter(action => action.n > number)
    const isNews = left.length < this.waiting.length
    this.waiting = left
    if (isNews) this.told()
    this.watch()
  }

  /** For the hand on the door: how many edits are on their way. */
  told() {
    window.dispatchEvent(new CustomEvent("gpb-edits", { detail: this.edits().length }))
  }

  edits() {
    return this.waiting.filter(action => action.kind === "edit")
  }

  /** The label that a row shows while an edit of it is on its way. */
  labels() {
    return new Map(this.edits().flatMap(action => action.cells.map(([key, label]) => [key, label])))
  }
}
