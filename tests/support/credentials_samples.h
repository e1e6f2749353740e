// Keys of nobody, for tests only.
#ifndef TESTS_SUPPORT_CREDENTIALS_SAMPLES_H_
#define TESTS_SUPPORT_CREDENTIALS_SAMPLES_H_

namespace ipe::testing {

// One key pair on secp256r1 and its public half in three forms, made with openssl(1).
inline constexpr const char* kPrivateKeyPem = R"(-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQg/IWtxof8iOaFVm6e
XynClrn4BRAjhoxEJd9zHjCSf02hRANCAAQf7tRJZrqfahVRtNqhsQxi1GkMGRXS
F7/Q/FfpBPhGrQzFERBUlY3AKAWwymTFUiNX/yqho1lDqLKYViJTwxHk
-----END PRIVATE KEY-----
)";
inline constexpr const char* kPublicKeyPem = R"(-----BEGIN PUBLIC KEY-----
MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEH+7USWa6n2oVUbTaobEMYtRpDBkV
0he/0PxX6QT4Rq0MxREQVJWNwCgFsMpkxVIjV/8qoaNZQ6iymFYiU8MR5A==
-----END PUBLIC KEY-----
)";
inline constexpr const char* kPublicKeyBase64 =
    "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEH+7USWa6n2oVUbTaobEMYtRpDBkV"
    "0he/0PxX6QT4Rq0MxREQVJWNwCgFsMpkxVIjV/8qoaNZQ6iymFYiU8MR5A==";
inline constexpr const char* kPublicKeyIdentity =
    "f782f540a64627d85309c5fe92ba7b5bdb805313a3555d7d7866fba0e9484822";

// Another private key, and one with a passphrase.
inline constexpr const char* kOtherPrivateKeyPem = R"(-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgyx1yNJB2dXKMU4FL
zJ2au/YOCM+fjwcWRYKBRkFgmDqhRANCAARkRjVwBZ1S+wRD+ZMGQWxwne2H8Zou
/UDgNHslZVvyjI96kGB11x7jbHd+JDf7vu98NboP1H+eSO5HtHoPJR3H
-----END PRIVATE KEY-----
)";
inline constexpr const char* kEncryptedPrivateKeyPem = R"(-----BEGIN ENCRYPTED PRIVATE KEY-----
MIHsMFcGCSqGSIb3DQEFDTBKMCkGCSqGSIb3DQEFDDAcBAgGpYrf+1vp6AICCAAw
DAYIKoZIhvcNAgkFADAdBglghkgBZQMEASoEEAmld446LQibOVVVTP7Zol4EgZDq
iKYUuZB9IH96+zNezleXQnWE1r618Q18LMYGeZir117D/NNjJKhcm6D5Nsld49y/
mo9ZmDm+w4XVC4oC0TEPMf9ZMtxyZFCU16IxdYEfLBQPHabhSuRCTOWskD8VlGiW
+oVrPyO+o1jBzXesAlW6hVU9tIxJa4JlJlbLsEg8kKljA0L77DAPtcXyhPkmQE0=
-----END ENCRYPTED PRIVATE KEY-----
)";

}  // namespace ipe::testing

#endif  // TESTS_SUPPORT_CREDENTIALS_SAMPLES_H_
