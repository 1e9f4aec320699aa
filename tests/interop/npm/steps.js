// What the programs in this folder share: a step is one feature of the table, one JSON line.
const assert = require('node:assert/strict')

const [address] = process.argv.slice(2)
const started = Date.now()
let failed = false

async function step(feature, act) {
  let error = null
  try {
    const patience = Number(process.env.WEIR_PATIENCE ?? 1) * 20000
    let timer
    const late = new Promise((_, reject) => {
      timer = setTimeout(() => reject(new Error(`not done in ${patience} ms`)), patience)
    })
    await Promise.race([act(), late]).finally(() => clearTimeout(timer))
  } catch (caught) {
    failed = true
    error = [caught.stack ?? String(caught), ...(caught.errors ?? []).map(String)].join('\n')
  }
  console.log(JSON.stringify({ feature, error }))
}

// Ends the process whatever the client still holds open.
function done() {
  process.exit(failed ? 1 : 0)
}

module.exports = { address, assert, done, started, step }
