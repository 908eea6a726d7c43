// Run by mongosh inside mongod's own network, so that the exception for the first user holds: begins the replica set, makes
// the owner and the application's user. Again and again, it changes nothing.
const admin = db.getSiblingDB("admin");
const ALREADY_INITIALIZED = 23, UNAUTHORIZED = 13, ALREADY_EXISTS = 51003, AUTHENTICATION_REQUIRED = 6600;

function unless(codes, action) {
  try { action(); } catch (error) { if (!codes.includes(error.code)) throw error; }
}

unless([ALREADY_INITIALIZED, UNAUTHORIZED], () =>
  admin.runCommand({ replSetInitiate: { _id: "rs0", members: [{ _id: 0, host: "mongodb:27017" }] } }));
while (!admin.hello().isWritablePrimary) sleep(200);
unless([UNAUTHORIZED, ALREADY_EXISTS, AUTHENTICATION_REQUIRED], () =>
  admin.createUser({ user: "trivium_owner", pwd: process.env.TRIVIUM_MONGODB_OWNER_PASSWORD, roles: ["root"] }));
admin.auth("trivium_owner", process.env.TRIVIUM_MONGODB_OWNER_PASSWORD);
unless([ALREADY_EXISTS], () =>
  admin.createUser({
    user: "trivium",
    pwd: process.env.TRIVIUM_MONGODB_PASSWORD,
    roles: ["readWriteAnyDatabase", "dbAdminAnyDatabase"],
  }));
