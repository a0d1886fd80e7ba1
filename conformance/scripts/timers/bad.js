/*---
shows = "Timers with wrong arguments."
features = ["timers", "error messages"]
compare = ["exit", "log"]
---*/
export default function () { for (const bad of [() => setTimeout(), () => setTimeout('code', 1), () => setTimeout(5, 1), () => setTimeout(() => {}, -5)]) { try { bad(); console.log('fine'); } catch (e) { console.log('throws'); } } }
