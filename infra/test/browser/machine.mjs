// Starts and stops the program of `make run`: the bot, its fakes and the page, in one process.
import { spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

const START_SECS_MAX = 30;
const STOP_MS_MAX = 3000;

// Starts it on a free port, and keeps its data in `folder`.
export async function start(program, folder) {
  const child = spawn(program, [], { env: { ...process.env, PORT: '0', DATA: join(folder, 'data') }, stdio: ['ignore', 'pipe', 'pipe'] });
  const ended = new Promise((resolve) => child.once('exit', (code, signal) => resolve(code ?? signal)));
  let words = '';
  child.stderr.on('data', (more) => { words = (words + more).slice(-4000); });
  // The script that started this reads the id if this process is killed.
  if (child.pid) writeFileSync(join(folder, 'machine.pid'), String(child.pid));
  const address = await new Promise((resolve, reject) => {
    const late = setTimeout(() => reject(new Error(`${program} did not print its address within ${START_SECS_MAX} s: ${words}`)), START_SECS_MAX * 1000);
    const fail = (why) => { clearTimeout(late); reject(new Error(`${program} did not start: ${why}. ${words}`)); };
    child.once('error', (error) => fail(error.message));
    ended.then((code) => fail(`it ended with ${code}`));
    // The reader goes on after the address, because a full pipe would stop the program.
    createInterface(child.stdout).on('line', (line) => {
      const found = line.match(/^open (http:\/\/127\.0\.0\.1:\d+)$/);
      if (found) { clearTimeout(late); resolve(found[1]); }
    });
  });
  return {
    address,
    errors: () => words,
    async stop() {
      child.kill('SIGTERM');
      const late = setTimeout(() => child.kill('SIGKILL'), STOP_MS_MAX);
      await ended;
      clearTimeout(late);
    },
  };
}
