#!/usr/bin/env node
// What phones do with policies, as an operator sees it while a phone is asked, afterwards, and on paper.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { launch, tabTo } from './browser.mjs';
import { Ferry } from './ferry.mjs';
import { faults, logIn, pictures } from './operator.mjs';
import { run, test } from './tap.mjs';

const program = process.env.CERTFERRY_PHONE ??
    join(dirname(process.env.CERTFERRY), '..', 'tests', 'phone', 'certferry-phone');
const execute = promisify(execFile);
const ferry = await Ferry.start();
const browser = await launch();
const page = await logIn(browser, ferry);
const desk = () => page.setViewportSize({ width: 1280, height: 800 });

// A phone of certferry-phone with a certificate of its own.
class Simulated {
    static async start(name, ...options) {
        const phone = new Simulated();
        phone.user = `${name}@example.org`;
        phone.options = options;
        phone.file = ferry.file(`${name}.p12`);
        const made = JSON.parse(await ferry.command('mint', phone.user, '--json', '--out', phone.file));
        await writeFile(`${phone.file}.password`, `${made.password}\n`);
        await phone.lives('--stay', '1');
        return phone;
    }

    // Its life to the end of what is told; what it was given does not matter here.
    async lives(...more) {
        await execute(program, ['--server', `https://127.0.0.1:${ferry.easPort}`, '--p12', this.file,
            '--password-file', `${this.file}.password`, '--user', this.user, '--polls', '400', '--stay', '3',
            ...this.options, ...more]).catch((error) => assert.equal(error.code, 1, error));
    }

    // What was seen of it is written a moment after its end.
    async known() {
        for (;;) {
            const line = await ferry.command('device', 'list', '--user', this.user, '--json');
            const device = line === '' ? {} : JSON.parse(line);
            if (device.allowed_at && device.version)
                return;
        }
    }

    async probe(...options) {
        await this.known();
        const words = ['probe', 'start', this.user, '--consent', 'Agreed by telephone', '--json', ...options];
        return JSON.parse(await ferry.command(...words)).id;
    }

    // The page of its device.
    async device() {
        await this.known();
        await page.goto(`${ferry.https}/admin/devices?search=${encodeURIComponent(this.user)}`);
        const link = page.getByRole('rowheader').getByRole('link', { name: this.user });
        return ferry.https + await link.first().getAttribute('href');
    }
}

// Nothing of the page is loaded again but its parts.
async function staysOpen(body) {
    await page.evaluate(() => { globalThis.stayed = true; });
    await body();
    assert.equal(await page.evaluate(() => globalThis.stayed), true);
}

async function sound(name, path) {
    assert.deepEqual(await faults(page, path), []);
    await pictures(page, name);
    await desk();
}

const anna = await Simulated.start('anna', '--profile', 'partial', '--seed', '5');
const ben = await Simulated.start('ben', '--profile', 'supports-all', '--seed', '2');
const probes = {};

test('an empty list says what to do', async () => {
    await page.goto(`${ferry.https}/admin/probes`);
    await page.getByRole('heading', { name: 'No phone was asked yet' }).waitFor();
    await sound('probes-empty', `${ferry.https}/admin/probes`);
});

test('the form shows what a risk needs, and an error beside its field', async () => {
    await page.goto(await anna.device());
    await page.getByRole('link', { name: 'Start a probe' }).click();
    await sound('probe-start', page.url());
    const confirm = page.getByLabel('type the name of the user');
    assert.equal(await confirm.isVisible(), false);
    await page.getByLabel('2: something stays').check();
    assert.equal(await confirm.isVisible(), true);
    assert.equal(await page.getByLabel('RequireDeviceEncryption').isVisible(), false);
    await page.getByLabel('3: cannot be undone').check();
    await page.getByLabel('RequireDeviceEncryption').check();
    await page.getByLabel('Who agreed, and how?').fill('Anna agreed by telephone');
    await page.getByRole('button', { name: 'Start' }).click();
    await page.getByText('Type anna@example.org to confirm').waitFor();
    assert.equal(await page.getByLabel('RequireDeviceEncryption').isChecked(), true);
    assert.equal(await page.getByLabel('Who agreed, and how?').inputValue(), 'Anna agreed by telephone');
    await pictures(page, 'probe-start-refused');
    await desk();
    await page.getByLabel('1: in the way').check();
    assert.equal(await confirm.isVisible(), false);
});

test('the keyboard alone starts a probe', async () => {
    await page.goto(await anna.device());
    await tabTo(page, page.getByRole('link', { name: 'Start a probe' }), 60);
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { level: 1, name: 'Start a probe' }).waitFor();
    await tabTo(page, page.getByLabel('1: in the way'), 60);
    await tabTo(page, page.getByLabel('Who agreed, and how?'));
    await page.keyboard.type('Anna agreed by telephone at ten');
    await tabTo(page, page.getByLabel('One policy a question'));
    await page.keyboard.press('Space');
    await tabTo(page, page.getByRole('button', { name: 'Start' }));
    await page.keyboard.press('Enter');
    await page.getByRole('status').getByText('Started.').waitFor();
    await page.getByRole('heading', { name: 'Waiting for the phone: the first question' }).waitFor();
    probes.anna = new URL(page.url()).pathname;
    await sound('probe-waiting', ferry.https + probes.anna);
});

test('rounds appear as the phone is asked, without loading the page again', async () => {
    await page.goto(ferry.https + probes.anna);
    await staysOpen(async () => {
        const asked = anna.lives('--interval', '250');
        for (const number of ['1', '2', '8'])
            await page.locator('#rounds th[scope=row]', { hasText: new RegExp(`^${number}$`) }).waitFor();
        await page.locator('#matrix').getByText('Applied', { exact: true }).first().waitFor();
        await pictures(page, 'probe-running');
        await asked;
        await page.getByRole('heading', { name: 'Everything that was to be asked was asked.' }).waitFor();
    });
    await sound('probe-done', ferry.https + probes.anna);
});

test('the question that waits for a person has a sentence of its own', async () => {
    const slow = await Simulated.start('slow', '--profile', 'slow', '--slow', '100', '--seed', '9');
    const id = await slow.probe('--risk', '2', '--confirm', slow.user);
    await slow.lives('--polls', '120');
    await page.goto(`${ferry.https}/admin/probes/${id}`);
    await page.getByRole('heading', { name: /^No answer yet to question/ }).waitFor();
    await sound('probe-no-answer', page.url());
});

test('a probe is stopped, and its page says what is still to come', async () => {
    const cleo = await Simulated.start('cleo', '--profile', 'partial', '--seed', '23');
    const id = await cleo.probe('--one-by-one');
    await cleo.lives('--polls', '9');
    await page.goto(`${ferry.https}/admin/probes/${id}`);
    await page.getByText('Stop', { exact: true }).first().click();
    await page.getByRole('button', { name: 'Stop' }).click();
    await page.getByRole('heading', { name: 'Nothing more is asked.' }).waitFor();
    await staysOpen(async () => {
        await cleo.lives();
        await page.getByRole('heading', { name: 'It was stopped by an operator.' }).waitFor();
    });
});

test('a file of another site is refused by name, taken, shown as imported, and deleted', async () => {
    probes.ben = `/admin/probes/${await ben.probe('--risk', '0')}`;
    await ben.lives();
    const printed = JSON.parse(await ferry.command('probe', 'export', probes.ben.split('/').pop()));
    const theirs = { ...printed, id: 'abcdefghij', user: 'zoe@example.net', model: 'Phone of the north' };
    await writeFile(ferry.file('bad.json'), JSON.stringify({ ...theirs, risk: 7 }));
    await writeFile(ferry.file('good.json'), JSON.stringify(theirs));
    await page.goto(`${ferry.https}/admin/probes`);
    const give = async (name) => {
        await page.getByLabel('Whose is it?').fill('North branch');
        await page.getByLabel('File').setInputFiles(ferry.file(name));
        await page.getByRole('button', { name: 'Import' }).click();
    };
    await page.getByText('Import the probe of another site').click();
    await give('bad.json');
    await page.getByText('risk: must be a whole number from 0 to 3').waitFor();
    await pictures(page, 'probes-bad-import');
    await desk();
    await give('good.json');
    await page.getByText('Imported from North branch').waitFor();
    probes.theirs = new URL(page.url()).pathname;
    await sound('probe-imported', ferry.https + probes.theirs);
});

const pages = {
    probes: async () => '/admin/probes',
    'probes-none': async () => '/admin/probes?user=nobody',
    'probe-overview': async () => '/admin/probes/overview',
    'probe-compare': async () => `/admin/probes/compare?a=${probes.anna.split('/').pop()}&b=${probes.ben.split('/').pop()}`,
    'probe-compare-choose': async () => `/admin/probes/compare?a=${probes.anna.split('/').pop()}`,
    'device-with-probes': async () => new URL(await anna.device()).pathname,
};
for (const [name, path] of Object.entries(pages))
    test(`${name}: no serious fault for anybody, at both sizes, light and dark`, async () => {
        await sound(name, ferry.https + await path());
    });

test('two probes are chosen and compared by their names', async () => {
    await page.goto(`${ferry.https}/admin/probes/compare?a=${probes.anna.split('/').pop()}`);
    await page.getByLabel('Second').selectOption({ value: probes.theirs.split('/').pop() });
    await page.getByRole('button', { name: 'Compare' }).click();
    await page.getByRole('heading', { name: /different results/ }).waitFor();
    await page.getByText('Imported from North branch').first().waitFor();
});

test('a matrix fits on a few sheets of A4', async () => {
    for (const [name, path] of [['probe', probes.anna], ['overview', '/admin/probes/overview']]) {
        await page.goto(ferry.https + path);
        const sheet = await page.pdf({ preferCSSPageSize: true });
        const sheets = sheet.toString('latin1').match(/\/Type\s*\/Page\b/g).length;
        const size = /\/MediaBox\s*\[0 0 (\d+)(?:\.\d+)? (\d+)/.exec(sheet.toString('latin1'));
        assert.deepEqual(size.slice(1), ['594', '841'], name);
        assert.ok(sheets <= 4, `${name}: ${sheets} sheets`);
        if (process.env.CERTFERRY_PICTURES)
            await writeFile(join(process.env.CERTFERRY_PICTURES, `${name}-print.pdf`), sheet);
    }
});

test('without scripts a link looks again', async () => {
    const plain = await logIn(browser, ferry, { javaScriptEnabled: false });
    const dora = await Simulated.start('dora', '--profile', 'partial', '--seed', '4');
    await plain.goto(`${ferry.https}/admin/probes/${await dora.probe()}`);
    await plain.getByRole('heading', { name: 'Waiting for the phone' }).waitFor();
    await dora.lives();
    await plain.getByRole('link', { name: 'Look again' }).click();
    await plain.getByRole('heading', { name: 'Everything that was to be asked was asked.' }).waitFor();
    await plain.context().close();
});

test('what was imported is deleted', async () => {
    await page.goto(ferry.https + probes.theirs);
    await page.getByText('Delete', { exact: true }).first().click();
    await page.getByRole('button', { name: 'Delete' }).click();
    await page.getByRole('status').getByText('Deleted.').waitFor();
    assert.equal((await page.goto(ferry.https + probes.theirs)).status(), 404);
});

await run();
await browser.close();
await ferry.stop();
