// All browser tests in one process, so that they share one Chromium and few sign-ins:
// KARARA_TEST_URL=https://localhost:18443 node --test tests/browser/index.mjs
import "./account.test.mjs";
import "./security.test.mjs";
import "./board.test.mjs";
import "./task.test.mjs";
import "./activity.test.mjs";
import "./brand.test.mjs";
import "./access.test.mjs";
import "./admin.test.mjs";
