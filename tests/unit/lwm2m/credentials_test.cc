#include "lwm2m/credentials.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <utility>

namespace lwm2m {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

const std::string kDigest(64, 'a');

class KnownCredentials : public CredentialSource {
 public:
  void Add(Credential credential) {
    known_[{credential.mode, credential.identity}] = std::move(credential);
  }
  void Clear() { known_.clear(); }
  std::optional<Credential> Find(SecurityMode mode, std::string_view identity) override {
    const auto found = known_.find({mode, std::string(identity)});
    if (found == known_.end()) return std::nullopt;
    return found->second;
  }

 private:
  std::map<std::pair<SecurityMode, std::string>, Credential> known_;
};

Peer SecurePeer(SecurityMode mode, std::string identity) {
  Peer peer{Peer::Transport::kDtls, "192.0.2.1:5684", "192.0.2.9:5684", std::move(identity)};
  peer.security = mode;
  return peer;
}

std::string ErrorOf(const Credential& credential) {
  const auto valid = Validate(credential);
  return valid ? "" : valid.error().detail;
}

TEST(CredentialTest, ModesHaveNames) {
  EXPECT_EQ(ToString(SecurityMode::kPsk), "psk");
  EXPECT_EQ(ToString(SecurityMode::kRawPublicKey), "rpk");
  EXPECT_EQ(ToString(SecurityMode::kCertificate), "x509");
  EXPECT_EQ(ToString(SecurityMode::kNoSec), "nosec");
}

TEST(CredentialTest, TakesEveryMode) {
  EXPECT_EQ(ErrorOf({SecurityMode::kPsk, "id", "", "k"}), "");
  EXPECT_EQ(ErrorOf({SecurityMode::kPsk, "id", "sensor-*", std::string(64, 'k')}), "");
  EXPECT_EQ(ErrorOf({SecurityMode::kRawPublicKey, kDigest, "*", ""}), "");
  EXPECT_EQ(ErrorOf({SecurityMode::kCertificate, "sensor.example", "sensor-1", ""}), "");
}

// SEC-7: identity up to 128 octets of UTF-8, key up to 64 octets.
TEST(CredentialTest, BoundsIdentityAndKey) {
  EXPECT_EQ(ErrorOf({SecurityMode::kPsk, std::string(128, 'i'), "", "k"}), "");
  EXPECT_THAT(ErrorOf({SecurityMode::kPsk, std::string(129, 'i'), "", "k"}), HasSubstr("128"));
  EXPECT_THAT(ErrorOf({SecurityMode::kPsk, "", "e", "k"}), HasSubstr("identity is empty"));
  EXPECT_THAT(ErrorOf({SecurityMode::kPsk, "\xff", "", "k"}), HasSubstr("identity is not UTF-8"));
  EXPECT_THAT(ErrorOf({SecurityMode::kPsk, "id", "", ""}), HasSubstr("key is empty"));
  EXPECT_THAT(ErrorOf({SecurityMode::kPsk, "id", "", std::string(65, 'k')}), HasSubstr("64"));
}

TEST(CredentialTest, RefusesControlCharacters) {
  EXPECT_THAT(ErrorOf({SecurityMode::kPsk, "a\nb", "", "k"}), HasSubstr("identity"));
  EXPECT_THAT(ErrorOf({SecurityMode::kPsk, std::string("a\0b", 3), "", "k"}),
              HasSubstr("identity"));
  EXPECT_THAT(ErrorOf({SecurityMode::kPsk, "id", "a\x7f", "k"}), HasSubstr("endpoint"));
}

TEST(CredentialTest, TakesAnyRestOnlyAtTheEndOfAnEndpoint) {
  EXPECT_THAT(ErrorOf({SecurityMode::kPsk, "id", "sensor-*-1", "k"}), HasSubstr("'*'"));
  EXPECT_THAT(ErrorOf({SecurityMode::kPsk, "id", "**", "k"}), HasSubstr("'*'"));
  EXPECT_EQ(ErrorOf({SecurityMode::kPsk, "id", "*", "k"}), "");
}

TEST(CredentialTest, BoundsTheEndpoint) {
  EXPECT_EQ(ErrorOf({SecurityMode::kPsk, "id", std::string(255, 'e'), "k"}), "");
  EXPECT_THAT(ErrorOf({SecurityMode::kPsk, "id", std::string(256, 'e'), "k"}), HasSubstr("255"));
}

// SEC-9: the identity of a raw public key is the hash of its SubjectPublicKeyInfo.
TEST(CredentialTest, RawPublicKeyNeedsHashAndEndpoint) {
  EXPECT_THAT(ErrorOf({SecurityMode::kRawPublicKey, "id", "e", ""}), HasSubstr("SHA-256"));
  EXPECT_THAT(ErrorOf({SecurityMode::kRawPublicKey, std::string(64, 'A'), "e", ""}),
              HasSubstr("SHA-256"));
  EXPECT_THAT(ErrorOf({SecurityMode::kRawPublicKey, kDigest, "", ""}), HasSubstr("endpoint"));
}

TEST(CredentialTest, OnlyPskHasAKey) {
  EXPECT_THAT(ErrorOf({SecurityMode::kCertificate, "name", "", "k"}), HasSubstr("key"));
  EXPECT_THAT(ErrorOf({SecurityMode::kNoSec, "name", "", "k"}), HasSubstr("security mode"));
}

TEST(CredentialTest, ErrorsNeverShowTheKey) {
  const std::string key(65, 'S');
  EXPECT_THAT(ErrorOf({SecurityMode::kPsk, "id", "", key}), Not(HasSubstr("S")));
  EXPECT_THAT(ErrorOf({SecurityMode::kCertificate, "id", "", "SSS"}), Not(HasSubstr("SSS")));
}

TEST(CredentialTest, CoversItsEndpoint) {
  const Credential credential{SecurityMode::kPsk, "id", "sensor-1", "k"};
  EXPECT_TRUE(Covers(credential, "sensor-1"));
  EXPECT_FALSE(Covers(credential, "sensor-10"));
  EXPECT_FALSE(Covers(credential, "Sensor-1"));
  EXPECT_FALSE(Covers(credential, "sensor-"));
  EXPECT_FALSE(Covers(credential, "id"));
  EXPECT_FALSE(Covers(credential, ""));
}

TEST(CredentialTest, CoversAnyRest) {
  const Credential credential{SecurityMode::kPsk, "id", "sensor-*", "k"};
  EXPECT_TRUE(Covers(credential, "sensor-1"));
  EXPECT_TRUE(Covers(credential, "sensor-"));
  EXPECT_FALSE(Covers(credential, "sensor"));
  EXPECT_FALSE(Covers(credential, "my-sensor-1"));
  EXPECT_TRUE(Covers({SecurityMode::kPsk, "id", "*", "k"}, "anything"));
}

TEST(CredentialTest, CoversItsIdentityWithoutEndpoint) {
  EXPECT_TRUE(Covers({SecurityMode::kPsk, "id", "", "k"}, "id"));
  EXPECT_FALSE(Covers({SecurityMode::kPsk, "id", "", "k"}, "other"));
  EXPECT_FALSE(Covers({SecurityMode::kPsk, "id*", "", "k"}, "idea"));
  EXPECT_TRUE(Covers({SecurityMode::kPsk, "id*", "", "k"}, "id*"));
}

TEST(MayRegisterTest, WithoutSecurityAnyEndpoint) {
  KnownCredentials source;
  EXPECT_TRUE(MayRegister(source, Peer{}, "sensor-1"));
  Peer tcp;
  tcp.transport = Peer::Transport::kTcp;
  EXPECT_TRUE(MayRegister(source, tcp, "sensor-1"));
}

TEST(MayRegisterTest, ASecureTransportThatProvedNothingMayNot) {
  KnownCredentials source;
  EXPECT_FALSE(MayRegister(source, SecurePeer(SecurityMode::kNoSec, ""), ""));
  EXPECT_FALSE(MayRegister(source, SecurePeer(SecurityMode::kNoSec, "sensor-1"), "sensor-1"));
}

// SEC-8: ep must equal, or be allowed for, the authenticated identity.
TEST(MayRegisterTest, PskRegistersAsItsEndpointOnly) {
  KnownCredentials source;
  source.Add({SecurityMode::kPsk, "id", "sensor-1", "k"});
  EXPECT_TRUE(MayRegister(source, SecurePeer(SecurityMode::kPsk, "id"), "sensor-1"));
  EXPECT_FALSE(MayRegister(source, SecurePeer(SecurityMode::kPsk, "id"), "sensor-2"));
  EXPECT_FALSE(MayRegister(source, SecurePeer(SecurityMode::kPsk, "id"), "id"));
}

TEST(MayRegisterTest, ARemovedCredentialCountsNoMore) {
  KnownCredentials source;
  source.Add({SecurityMode::kPsk, "sensor-1", "", "k"});
  const Peer peer = SecurePeer(SecurityMode::kPsk, "sensor-1");
  EXPECT_TRUE(MayRegister(source, peer, "sensor-1"));
  source.Clear();
  EXPECT_FALSE(MayRegister(source, peer, "sensor-1"));
}

TEST(MayRegisterTest, RawPublicKeyRegistersAsItsEndpointOnly) {
  KnownCredentials source;
  source.Add({SecurityMode::kRawPublicKey, kDigest, "meter-*", ""});
  const Peer peer = SecurePeer(SecurityMode::kRawPublicKey, kDigest);
  EXPECT_TRUE(MayRegister(source, peer, "meter-1"));
  EXPECT_FALSE(MayRegister(source, peer, "sensor-1"));
}

TEST(MayRegisterTest, AnIdentityOfOneModeIsNoneOfAnother) {
  KnownCredentials source;
  source.Add({SecurityMode::kCertificate, "id", "meter-1", ""});
  EXPECT_FALSE(MayRegister(source, SecurePeer(SecurityMode::kPsk, "id"), "meter-1"));
  EXPECT_FALSE(MayRegister(source, SecurePeer(SecurityMode::kPsk, "id"), "id"));
}

// SEC-10: CN or SAN carries ep.
TEST(MayRegisterTest, ACertificateThatNoCredentialNamesIsEnough) {
  KnownCredentials source;
  Peer peer = SecurePeer(SecurityMode::kCertificate, "sensor-1");
  peer.other_names = {"urn:imei:990000862471854"};
  EXPECT_TRUE(MayRegister(source, peer, "sensor-1"));
  EXPECT_TRUE(MayRegister(source, peer, "urn:imei:990000862471854"));
  EXPECT_FALSE(MayRegister(source, peer, "sensor-2"));
  EXPECT_FALSE(MayRegister(source, peer, ""));
}

TEST(MayRegisterTest, ACertificateWithoutNamesIsNothing) {
  KnownCredentials source;
  EXPECT_FALSE(MayRegister(source, SecurePeer(SecurityMode::kCertificate, ""), ""));
  EXPECT_FALSE(MayRegister(source, SecurePeer(SecurityMode::kCertificate, ""), "sensor-1"));
}

TEST(MayRegisterTest, ACredentialThatNamesTheCertificateDecides) {
  KnownCredentials source;
  source.Add({SecurityMode::kCertificate, "gateway.example", "sensor-*", ""});
  Peer peer = SecurePeer(SecurityMode::kCertificate, "sensor-1.example");
  peer.other_names = {"gateway.example"};
  EXPECT_TRUE(MayRegister(source, peer, "sensor-7"));
  EXPECT_FALSE(MayRegister(source, peer, "meter-1.example.org"));
  EXPECT_FALSE(MayRegister(source, peer, "gateway.example")) << "its name alone is not enough now";
}

TEST(MayRegisterTest, OneOfSeveralCredentialsOfACertificateIsEnough) {
  KnownCredentials source;
  source.Add({SecurityMode::kCertificate, "a.example", "a-*", ""});
  source.Add({SecurityMode::kCertificate, "b.example", "b-*", ""});
  Peer peer = SecurePeer(SecurityMode::kCertificate, "a.example");
  peer.other_names = {"b.example"};
  EXPECT_TRUE(MayRegister(source, peer, "a-1"));
  EXPECT_TRUE(MayRegister(source, peer, "b-1"));
  EXPECT_FALSE(MayRegister(source, peer, "c-1"));
}

// REG-4: ep is optional from 1.1 on, the identity then is from PSK identity, certificate or key.
TEST(EndpointOfTest, IsThatOfTheCredential) {
  KnownCredentials source;
  source.Add({SecurityMode::kPsk, "id", "sensor-1", "k"});
  source.Add({SecurityMode::kPsk, "sensor-2", "", "k"});
  source.Add({SecurityMode::kRawPublicKey, kDigest, "meter-1", ""});
  source.Add({SecurityMode::kCertificate, "cn.example", "meter-2", ""});
  EXPECT_EQ(EndpointOf(source, SecurePeer(SecurityMode::kPsk, "id")), "sensor-1");
  EXPECT_EQ(EndpointOf(source, SecurePeer(SecurityMode::kPsk, "sensor-2")), "sensor-2");
  EXPECT_EQ(EndpointOf(source, SecurePeer(SecurityMode::kRawPublicKey, kDigest)), "meter-1");
  EXPECT_EQ(EndpointOf(source, SecurePeer(SecurityMode::kCertificate, "cn.example")), "meter-2");
}

TEST(EndpointOfTest, IsTheIdentityWhereACredentialForManyCoversIt) {
  KnownCredentials source;
  source.Add({SecurityMode::kPsk, "sensor-7", "sensor-*", "k"});
  source.Add({SecurityMode::kPsk, "gateway", "sensor-*", "k"});
  EXPECT_EQ(EndpointOf(source, SecurePeer(SecurityMode::kPsk, "sensor-7")), "sensor-7");
  EXPECT_EQ(EndpointOf(source, SecurePeer(SecurityMode::kPsk, "gateway")), std::nullopt);
}

TEST(EndpointOfTest, IsANameOfTheCertificate) {
  KnownCredentials source;
  Peer peer = SecurePeer(SecurityMode::kCertificate, "a.example");
  peer.other_names = {"sensor-1"};
  EXPECT_EQ(EndpointOf(source, peer), "a.example");
  source.Add({SecurityMode::kCertificate, "sensor-1", "sensor-*", ""});
  EXPECT_EQ(EndpointOf(source, peer), "sensor-1");
}

TEST(EndpointOfTest, IsNobodysWithoutCredential) {
  KnownCredentials source;
  source.Add({SecurityMode::kCertificate, "id", "", ""});
  EXPECT_EQ(EndpointOf(source, SecurePeer(SecurityMode::kPsk, "id")), std::nullopt);
  EXPECT_EQ(EndpointOf(source, SecurePeer(SecurityMode::kCertificate, "")), std::nullopt);
  EXPECT_EQ(EndpointOf(source, SecurePeer(SecurityMode::kNoSec, "id")), std::nullopt);
  EXPECT_EQ(EndpointOf(source, Peer{}), std::nullopt);
}

// What a client gets when it names no endpoint it may register as.
TEST(EndpointOfTest, IsOneThatMayRegister) {
  KnownCredentials source;
  source.Add({SecurityMode::kPsk, "id", "sensor-1", "k"});
  source.Add({SecurityMode::kPsk, "sensor-7", "sensor-*", "k"});
  source.Add({SecurityMode::kCertificate, "b.example", "b-*", ""});
  Peer certified = SecurePeer(SecurityMode::kCertificate, "a.example");
  for (const Peer& peer : {SecurePeer(SecurityMode::kPsk, "id"), certified,
                           SecurePeer(SecurityMode::kPsk, "sensor-7")}) {
    EXPECT_TRUE(MayRegister(source, peer, *EndpointOf(source, peer))) << peer.identity;
  }
  certified.other_names = {"b.example"};
  EXPECT_EQ(EndpointOf(source, certified), std::nullopt) << "it is for b-* only";
}

}  // namespace
}  // namespace lwm2m
