// What the person did and the server has not taken yet. Everything in it is sent again until it is acknowledged, by
// number, so that a cut connection or a server that was started anew loses nothing and takes nothing twice.
const PATIENCE = 20_000 // ms until it is sent again: what a very busy server had drawn may never have come

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
    this.ask()
  }

  ask() {
    clearTimeout(this.timer)
    if (!this.waiting.length) return
    this.send({ client: this.client, actions: this.waiting })
    this.timer = setTimeout(() => this.ask(), PATIENCE)
  }

  /** The server has taken everything up to this number. */
  taken(numbers) {
    const number = numbers?.[this.client] ?? 0
    if (!this.waiting.some(action => action.n <= number)) return
    this.waiting = this.waiting.filter(action => action.n > number)
    this.told()
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
