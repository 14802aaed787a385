// Serves fixtures by aimock on a free loopback port: `server.mjs HOME FIXTURES`.
//
// Once it listens it prints its base URL, the only line on standard output. It
// ends with the process that started it.

import { createRequire } from "node:module";
import path from "node:path";

const [home, fixtures] = process.argv.slice(2);
const { LLMock } = createRequire(path.join(home, "package.json"))("@copilotkit/aimock");

const parent = process.ppid;
// A request that no fixture answers is an error, never an invented answer.
const server = new LLMock({ port: 0, host: "127.0.0.1", strict: true, logLevel: "silent" });
server.loadFixtureDir(fixtures);
console.log(await server.start());
setInterval(() => process.ppid === parent || process.exit(), 200);
