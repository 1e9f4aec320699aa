// The page's style. One set of names, two sets of colours: light and dark, as the reader's system
// wishes. Kinds of faults are c0 to c7, senders s0 to s5.
#pragma once

namespace weir::reports {

constexpr char kStyle[] = R"css(
:root {
  --paper: #f6f5f1; --card: #fffefb; --ink: #1d2530; --soft: #5d6774; --faint: #8b93a0;
  --line: #e2dfd6; --grid: #ebe8e0; --accent: #0b6b8a; --pass: #17794d; --fail: #bf2f3f;
  --tint: #17794d14; --life: #c3d5da; --flushed: #0b6b8a; --medium: #a9cdd8; --end: #b0661a;
  --risk: #e39a3b59; --wait: #b0661a; --pivot: #bf2f3f;
  --c0: #c2453d; --c1: #3f6fc4; --c2: #8a4fb3; --c3: #2f8a76; --c4: #b3781b; --c5: #b8487f;
  --c6: #5d7a2a; --c7: #5a6472;
  --s0: #0b6b8a; --s1: #8b5aa8; --s2: #3b7d4a; --s3: #a8622c; --s4: #a3456b; --s5: #57606c;
}
@media (prefers-color-scheme: dark) {
  :root {
    --paper: #12161b; --card: #191e25; --ink: #e8e6e1; --soft: #a5adb8; --faint: #77808d;
    --line: #2b323c; --grid: #262c35; --accent: #5cb8d6; --pass: #4cc38a; --fail: #ff7a82;
    --tint: #4cc38a1c; --life: #2c4852; --flushed: #5cb8d6; --medium: #28566a; --end: #eab364;
    --risk: #eab3643d; --wait: #eab364; --pivot: #ff7a82;
    --c0: #f0766c; --c1: #86abf5; --c2: #c494ea; --c3: #64c9b1; --c4: #e6b355; --c5: #ee8fbb;
    --c6: #a7c86a; --c7: #a5adb8;
    --s0: #5cb8d6; --s1: #c49be0; --s2: #7cc78c; --s3: #e6a46c; --s4: #ea8fb2; --s5: #a5adb8;
  }
}
body.fail { --verdict: var(--fail); } body.pass { --verdict: var(--pass); }
* { box-sizing: border-box; }
html { scroll-behavior: smooth; -webkit-text-size-adjust: 100%; }
@media (prefers-reduced-motion: reduce) { html { scroll-behavior: auto; } }
body { margin: 0; background: var(--paper); color: var(--ink);
  font: 16px/1.55 system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", "DejaVu Sans",
  sans-serif; font-variant-numeric: tabular-nums; border-top: 5px solid var(--verdict); }
main { max-width: 1160px; margin: 0 auto; padding: 36px 28px 48px; }
code, time { font-family: ui-monospace, "SF Mono", Menlo, Consolas, "DejaVu Sans Mono", monospace; }
a { color: var(--accent); text-underline-offset: 3px; }
h1 { font-size: clamp(26px, 4.2vw, 40px); line-height: 1.15; letter-spacing: -.02em; margin: 10px 0
  14px; font-weight: 650; text-wrap: balance; }
h2 { font-size: 21px; letter-spacing: -.01em; margin: 0 0 4px; font-weight: 650; }
h3 { font-size: 13px; margin: 0 0 8px; color: var(--soft); font-weight: 600; }
section { margin-top: 44px; scroll-margin-top: 16px; }
.lead { margin: 0 0 14px; color: var(--soft); max-width: 78ch; font-size: 15px; }
#run .lead, #messages .lead { max-width: min(78ch, 100% - 200px); } .alone { margin-top: 28px; }
.eyebrow { margin: 0; color: var(--soft); display: flex; gap: 12px; align-items: baseline; }
.brand { font-weight: 700; color: var(--accent); letter-spacing: -.01em; font-size: 19px; }
.badge { display: inline-block; vertical-align: middle; position: relative; top: -.1em;
  margin-right: 16px; padding: 4px 11px 5px;
  border-radius: 6px; background: var(--verdict); color: var(--card); font-size: 15px;
  line-height: 1.2; letter-spacing: .01em; font-weight: 650; }
.found { margin: 0 0 16px; padding: 12px 18px; border-left: 4px solid var(--verdict);
  background: color-mix(in srgb, var(--verdict) 8%, transparent); border-radius: 0 8px 8px 0;
  font-size: 17px; max-width: 92ch; overflow-wrap: anywhere; white-space: pre-line; }
.found b { color: var(--verdict); }
.summary { max-width: 78ch; margin: 0 0 22px; color: var(--soft); }
.replay { display: flex; flex-wrap: wrap; align-items: center; gap: 6px 14px;
  background: var(--card); border: 1px solid var(--line); border-radius: 10px;
  padding: 10px 10px 10px 18px; }
.replay span { color: var(--soft); font-size: 14px; }
.replay code { flex: 1 1 20ch; font-size: 15px; overflow-wrap: anywhere; user-select: all; }
button { font: inherit; font-size: 13.5px; color: var(--ink); background: var(--paper);
  cursor: pointer; border: 1px solid var(--line); border-radius: 7px; padding: 4px 12px; }
button:hover { border-color: var(--faint); }
:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; }
.figures { display: grid; grid-template-columns: repeat(6, 1fr); gap: 18px; margin: 26px 0 0; }
@media (max-width: 980px) { .figures { grid-template-columns: repeat(3, 1fr); } }
.figures div { border-top: 2px solid var(--line); padding-top: 8px; display: flex;
  flex-direction: column; }
.figures dd { margin: 0; font-size: 25px; font-weight: 620; letter-spacing: -.015em;
  line-height: 1.25; }
.figures dt { color: var(--soft); font-size: 14px; }
.story { list-style: none; margin: 14px 0 0; padding: 0; }
.story li { display: grid; grid-template-columns: 14ch 1fr; gap: 22px; padding: 5px 0; position:
  relative; }
.story time { text-align: right; color: var(--soft); font-size: 14px; line-height: 1.75; }
.story span { position: relative; padding-left: 20px; max-width: 80ch; }
.story span::before { content: ""; position: absolute; left: -4px; top: 8px; width: 9px;
  height: 9px; border-radius: 50%; background: var(--faint); z-index: 1;
  box-shadow: 0 0 0 3px var(--paper); }
.story span::after { content: ""; position: absolute; left: 0; top: -6px; bottom: -6px; width: 1px;
  background: var(--line); }
.story li:first-child span::after { top: 12px; }
.story li:last-child span::after { bottom: auto; height: 16px; }
.story .pivotal span { font-weight: 600; }
.story .pivotal span::before { background: var(--verdict); }
.frame { display: grid; grid-template-columns: 132px minmax(0, 1fr); background: var(--card);
  border: 1px solid var(--line); border-radius: 12px; padding: 10px 0 6px; margin: 0 0 14px;
  position: relative; }
.labels { position: relative; }
.labels div { position: absolute; left: 18px; right: 10px; transform: translateY(-50%); line-height:
  1.25; overflow-wrap: anywhere; }
.labels b { display: block; font-weight: 620; font-size: 14.5px; }
.labels i { font-style: normal; color: var(--faint); font-size: 12.5px; display: block; }
.scroll { overflow-x: auto; overflow-y: hidden; margin-right: 18px; scrollbar-width: thin; }
.scroll > svg { display: block; width: 100%; min-width: 760px; }
.zoom { position: absolute; right: 14px; top: -42px; display: flex; gap: 6px; }
svg text { font-size: 12px; fill: var(--soft); font-family: inherit; }
.mark { overflow: visible; }
.axis line { stroke: var(--grid); } .axis text { fill: var(--faint); font-size: 11.5px; }
.life { fill: var(--life); } .down { fill: var(--grid); }
.death { fill: var(--fail); stroke: var(--fail); stroke-width: 2; stroke-linejoin: round; }
.link { stroke: var(--line); stroke-width: 2; }
.window rect { fill: var(--accent); opacity: .13; }
.window:hover rect { opacity: .24; }
.pause { fill: var(--card); stroke: var(--faint); stroke-dasharray: 3 3; }
.fault text { fill: var(--ink); } .fault rect { fill: var(--c); }
.touched rect { fill: var(--card); stroke: var(--c); stroke-width: 1.5; }
.shared { fill: var(--c); opacity: .09; }
.touched line, .fault line { stroke: var(--c); stroke-width: 3; stroke-linecap: round; }
.band { fill: var(--c); opacity: .1; } .strip { fill: var(--c); stroke: var(--c); opacity: .15; }
.c0 { --c: var(--c0); } .c1 { --c: var(--c1); } .c2 { --c: var(--c2); } .c3 { --c: var(--c3); }
.c4 { --c: var(--c4); } .c5 { --c: var(--c5); } .c6 { --c: var(--c6); } .c7 { --c: var(--c7); }
.s0 { --s: var(--s0); } .s1 { --s: var(--s1); } .s2 { --s: var(--s2); } .s3 { --s: var(--s3); }
.s4 { --s: var(--s4); } .s5 { --s: var(--s5); }
.lifeline { stroke: var(--s); stroke-width: 5; stroke-linecap: round; }
.pauseline { stroke: var(--card); stroke-width: 3; stroke-dasharray: 4 3; }
.deadline { stroke: var(--line); stroke-width: 2; stroke-dasharray: 2 5; }
.message line { stroke: var(--s); stroke-width: 1.4; opacity: .8; }
.message circle { fill: var(--s); }
.message .hit { stroke: transparent; stroke-width: 9; }
.message .wait { stroke: var(--wait); stroke-dasharray: 5 4; stroke-width: 2; opacity: 1; }
.message.lost .way { stroke-dasharray: 3 3; }
.message:hover line:not(.hit) { stroke-width: 3; opacity: 1; }
.lostmark { stroke: var(--fail); stroke-width: 2; fill: none; }
.appended { fill: var(--card); stroke: var(--end); stroke-width: 2; }
.synced { fill: var(--flushed); stroke: var(--card); stroke-width: 1.5; }
.told line { stroke: var(--faint); stroke-dasharray: 2 3; }
.told text { fill: var(--soft); paint-order: stroke; stroke: var(--card); stroke-width: 4px; }
.told.pivotal line { stroke: var(--verdict); stroke-dasharray: none; }
.told.pivotal text { fill: var(--verdict); font-weight: 650; }
.at-risk { fill: var(--risk); } .flushed-end { fill: var(--medium); }
.log-end { fill: none; stroke: var(--end); stroke-width: 1.6; }
.shorter line { stroke: var(--soft); stroke-width: 1.5; stroke-dasharray: 2 2; }
.shorter text { paint-order: stroke; stroke: var(--card); stroke-width: 4px; font-weight: 600; }
.shorter.finding line { stroke: var(--fail); stroke-width: 3; stroke-dasharray: none; }
.shorter.finding text { fill: var(--fail); }
.legend { display: flex; flex-wrap: wrap; gap: 4px 22px; margin: 0 0 12px; color: var(--soft);
  font-size: 13.5px; }
.legend span::before { content: ""; display: inline-block; margin-right: 8px;
  vertical-align: middle; width: 20px; height: 0; border-top: 3px solid; }
.l-append::before { width: 10px !important; height: 10px !important; border-radius: 50%;
  border: 2px solid var(--end) !important; }
.l-sync::before { width: 9px !important; height: 9px !important; background: var(--flushed);
  border: 0 !important; transform: rotate(45deg); }
.l-wait::before { border-color: var(--wait) !important; border-top-style: dashed !important; }
.l-lost::before { content: "\d7" !important; width: auto !important; border: 0 !important; color:
  var(--fail); font-weight: 700; font-size: 18px; line-height: 0; vertical-align: -2px !important; }
.l-end::before { border-color: var(--end) !important; }
.l-flushed::before { height: 12px !important; border: 0 !important; background: var(--medium);
  border-radius: 2px; }
.l-shorter::before { width: 0 !important; height: 14px !important; border-top: 0 !important;
  border-left: 2px dashed var(--soft) !important; }
.findings { margin: 10px 0 0; padding-left: 26px; } .findings li { padding: 5px 0 5px 6px; }
.findings li::marker { color: var(--faint); }
.findings .kind { color: var(--fail); font-size: 14px; font-weight: 600; }
.findings p { margin: 0; max-width: 92ch; overflow-wrap: anywhere; white-space: pre-line; }
details { margin-top: 10px; } summary { cursor: pointer; color: var(--accent); }
.wide { overflow-x: auto; } table { border-collapse: collapse; margin-top: 8px; min-width: 520px; }
th { text-align: left; font-weight: 600; font-size: 13px; color: var(--soft); }
th, td { padding: 6px 36px 6px 0; border-bottom: 1px solid var(--line); white-space: nowrap; }
th:nth-child(n+3) { text-align: right; } .number { text-align: right; }
.swatch { display: inline-block; width: 11px; height: 11px; border-radius: 3px;
  background: var(--c); margin-right: 10px; }
.long { color: var(--soft); white-space: normal; min-width: 28ch; }
.swatch.none { background: none; border: 1.5px solid var(--faint); }
.crash { color: var(--soft); max-width: 92ch; font-size: 15px; margin: 14px 0 0; }
.group h3 { text-transform: capitalize; }
.settings { display: grid; grid-template-columns: repeat(auto-fit, minmax(270px, 1fr));
  gap: 20px 44px; margin-top: 12px; }
.settings dl { margin: 0; font-size: 15px; } .settings dl div { display: flex; justify-content:
  space-between; gap: 16px; padding: 5px 0; border-bottom: 1px solid var(--line); }
.settings dt { color: var(--soft); } .settings dd { margin: 0; text-align: right; overflow-wrap:
  anywhere; }
footer { margin-top: 48px; padding-top: 16px; border-top: 1px solid var(--line); color: var(--soft);
  font-size: 14px; } footer p { margin: 2px 0 0; }
@media (max-width: 720px) {
  main { padding: 24px 16px 40px; } .badge { display: table; margin: 0 0 12px; top: 0; }
  .figures { grid-template-columns: repeat(2, 1fr); } .replay span { flex-basis: 100%; }
  #run .lead, #messages .lead { max-width: none; }
  .frame { grid-template-columns: 92px minmax(0, 1fr); } .labels div { left: 12px; right: 6px; }
  .scroll { margin-right: 10px; }
  .story li { grid-template-columns: 1fr; gap: 0; padding-left: 18px; }
  .story time { text-align: left; } .story span { padding-left: 0; }
  .story span::before { left: -18px; top: -17px; } .story span::after { display: none; }
  .zoom { position: static; grid-column: 1 / -1; padding: 0 12px 8px; }
}
@media print { body { background: none; } .zoom, #copy { display: none; } }
)css";

}  // namespace weir::reports
