// What Streamlit calls: once for the rows of a view, and at each run of the page for what changed in them since.
// The rows are a message of their own, which Streamlit does not send again while they stay the same.
import { Table } from "./table.js"

const views = new Map() // rows by the id of their view; the newest few
let table = null // there is one, and it outlives the element that it stands in
let newer = "" // what is offered beside it; that is looked for more often than the page is drawn

/** The rows of one view, once. */
export function rows({ data }) {
  views.delete(data.view)
  views.set(data.view, data)
  while (views.size > 3) views.delete(views.keys().next().value)
  table?.viewCame(data)
}

/** The grid itself; again whenever something about it changed. */
export function grid({ data, parentElement, setStateValue }) {
  table ??= new Table(views, parentElement)
  table.moveTo(parentElement)
  table.update(data, actions => setStateValue("outbox", actions))
  table.message.news(newer)
  return () => table.leave(parentElement)
}

/** What the grid does not show yet, in words; "": nothing. */
export function news({ data }) {
  newer = data.newer
  table?.message.news(newer)
}
