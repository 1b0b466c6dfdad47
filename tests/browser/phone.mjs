// A scripted phone (tests/support/phone_steps.py), step by step.
import { spawn } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const script = fileURLToPath(new URL('../support/phone_steps.py', import.meta.url));

export class Phone {
    // A certificate of `of`, or none when that is null.
    static async start(ferry, user, device, of = user) {
        const words = ['-B', script, ferry.easPort, new URL(ferry.http).port, user, device];
        const phone = new Phone();
        if (of !== null) {
            const bundle = await ferry.command('mint', of, '--json', '--out', ferry.file(`${device}.p12`));
            phone.serial = JSON.parse(bundle).serial;
            await writeFile(ferry.file(`${device}.json`), bundle);
            words.push(ferry.file(`${device}.json`));
        }
        phone.process = spawn('python3', words, { stdio: ['pipe', 'pipe', 'inherit'] });
        phone.answers = createInterface({ input: phone.process.stdout })[Symbol.asyncIterator]();
        return phone;
    }

    // The HTTP status of the step's answer.
    async step(name) {
        this.process.stdin.write(`${name}\n`);
        const { value, done } = await this.answers.next();
        if (done)
            throw new Error(`the phone ended at ${name}`);
        return Number(value);
    }

    async end() {
        const ended = new Promise((resolve) => this.process.once('exit', resolve));
        this.process.stdin.end();
        await ended;
    }
}
