#include "tests/bench/psk_session.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>
#include <openssl/sha.h>

#include <algorithm>
#include <cstring>
#include <memory>

namespace bench {
namespace {

constexpr char kChangeCipherSpec = 20, kAlert = 21, kHandshake = 22, kApplication = 23;
constexpr char kClientHello = 1, kServerHello = 2, kHelloVerifyRequest = 3, kServerHelloDone = 14,
               kClientKeyExchange = 16, kFinished = 20;
constexpr std::string_view kVersion("\xfe\xfd", 2);
constexpr std::size_t kRecordHeader = 13, kHandshakeHeader = 12, kTag = 8, kExplicitNonce = 8;
constexpr std::size_t kRandom = 32;

const unsigned char* Octets(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}
std::string Number(std::uint64_t value, int octets) {
  std::string text;
  for (int i = octets - 1; i >= 0; --i) text += static_cast<char>(value >> (8 * i) & 0xff);
  return text;
}
std::size_t NumberAt(std::string_view text, std::size_t at, std::size_t octets) {
  std::size_t value = 0;
  for (std::size_t i = 0; i < octets; ++i) {
    value = value << 8 | static_cast<unsigned char>(text[at + i]);
  }
  return value;
}

std::string Hmac(std::string_view key, std::string_view text) {
  std::string mac(SHA256_DIGEST_LENGTH, '\0');
  unsigned length = 0;
  HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()), Octets(text), text.size(),
       reinterpret_cast<unsigned char*>(mac.data()), &length);
  return mac;
}

// RFC 5246 §5
std::string Prf(std::string_view secret, std::string_view label, std::string_view seed,
                std::size_t octets) {
  const std::string text = std::string(label).append(seed);
  std::string a = text;
  std::string out;
  while (out.size() < octets) {
    a = Hmac(secret, a);
    out += Hmac(secret, a + text);
  }
  out.resize(octets);
  return out;
}

std::string Sha256(std::string_view text) {
  std::string hash(SHA256_DIGEST_LENGTH, '\0');
  SHA256(Octets(text), text.size(), reinterpret_cast<unsigned char*>(hash.data()));
  return hash;
}

// A message with its header, in one fragment.
std::string Message(char type, std::uint16_t number, std::string_view body) {
  const std::string length = Number(body.size(), 3);
  return type + length + Number(number, 2) + Number(0, 3) + length + std::string(body);
}

EVP_CIPHER_CTX* Cipher() {
  struct Free {
    void operator()(EVP_CIPHER_CTX* context) const { EVP_CIPHER_CTX_free(context); }
  };
  static const std::unique_ptr<EVP_CIPHER_CTX, Free> context(EVP_CIPHER_CTX_new());
  return context.get();
}

// RFC 6655 §3. `text` is replaced by what comes out; false when the tag is wrong.
bool Ccm8(bool encrypt, const unsigned char* key, const std::string& nonce,
          const std::string& additional, std::string& text, std::string& tag) {
  EVP_CIPHER_CTX* const context = Cipher();
  EVP_CIPHER_CTX_reset(context);
  int length = 0;
  auto* const octets = reinterpret_cast<unsigned char*>(text.data());
  const int size = static_cast<int>(text.size());
  EVP_CipherInit_ex(context, EVP_aes_128_ccm(), nullptr, nullptr, nullptr, encrypt ? 1 : 0);
  EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_SET_IVLEN, static_cast<int>(nonce.size()), nullptr);
  EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_SET_TAG, kTag, encrypt ? nullptr : tag.data());
  EVP_CipherInit_ex(context, nullptr, nullptr, key, Octets(nonce), encrypt ? 1 : 0);
  EVP_CipherUpdate(context, nullptr, &length, nullptr, size);
  EVP_CipherUpdate(context, nullptr, &length, Octets(additional),
                   static_cast<int>(additional.size()));
  if (EVP_CipherUpdate(context, octets, &length, octets, size) != 1) return false;
  if (!encrypt) return true;
  tag.resize(kTag);
  return EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_GET_TAG, kTag, tag.data()) == 1;
}

std::string NonceOf(const std::array<unsigned char, 4>& salt, std::string_view explicit_part) {
  return std::string(reinterpret_cast<const char*>(salt.data()), salt.size()).append(explicit_part);
}

}  // namespace

std::string PskSession::Record(char type, std::string_view content) {
  return type + std::string(kVersion) + Number(epoch_, 2) + Number(sequence_++, 6) +
         Number(content.size(), 2) + std::string(content);
}

std::string PskSession::SealedRecord(char type, std::string_view content) {
  const std::string counter = Number(epoch_, 2) + Number(sequence_, 6);
  std::string text(content);
  std::string tag;
  Ccm8(true, write_key_.data(), NonceOf(write_salt_, counter),
       counter + type + std::string(kVersion) + Number(content.size(), 2), text, tag);
  return Record(type, counter + text + tag);
}

std::optional<std::string> PskSession::Open(std::string_view record) const {
  if (record.size() < kRecordHeader + kExplicitNonce + kTag) return std::nullopt;
  const std::string_view nonce = record.substr(kRecordHeader, kExplicitNonce);
  std::string text(record.substr(kRecordHeader + kExplicitNonce));
  std::string tag = text.substr(text.size() - kTag);
  text.resize(text.size() - kTag);
  const std::string additional =
      std::string(record.substr(3, 8)) + record[0] + std::string(kVersion) + Number(text.size(), 2);
  if (!Ccm8(false, read_key_.data(), NonceOf(read_salt_, nonce), additional, text, tag)) {
    return std::nullopt;
  }
  return text;
}

std::string PskSession::Begin(std::string_view identity, std::string_view key) {
  *this = PskSession();
  identity_ = identity;
  key_ = key;
  random_.resize(kRandom);
  RAND_bytes(reinterpret_cast<unsigned char*>(random_.data()), kRandom);
  SendHello("");
  return flight_;
}

void PskSession::SendHello(std::string_view cookie) {
  const std::string body = std::string(kVersion) + random_ + Number(0, 1) +
                           Number(cookie.size(), 1) + std::string(cookie) + Number(4, 2) +
                           std::string("\xc0\xa8\x00\xff", 4) +  // and RFC 5746
                           std::string("\x01\x00", 2);
  const std::string message = Message(kClientHello, message_++, body);
  transcript_ = message;  // a ClientHello without a cookie does not count (RFC 6347 §4.2.1)
  flight_ = Record(kHandshake, message);
  state_ = State::kHello;
}

// ClientKeyExchange, ChangeCipherSpec and Finished in one datagram.
void PskSession::SendKeys(std::vector<std::string>& out) {
  const std::string exchange =
      Message(kClientKeyExchange, message_++, Number(identity_.size(), 2) + identity_);
  transcript_ += exchange;
  flight_ = Record(kHandshake, exchange) + Record(kChangeCipherSpec, std::string("\x01", 1));
  // RFC 4279 §2
  const std::string premaster =
      Number(key_.size(), 2) + std::string(key_.size(), '\0') + Number(key_.size(), 2) + key_;
  master_ = Prf(premaster, "master secret", random_ + server_random_, 48);
  const std::string block = Prf(master_, "key expansion", server_random_ + random_, 40);
  std::memcpy(write_key_.data(), block.data(), 16);
  std::memcpy(read_key_.data(), block.data() + 16, 16);
  std::memcpy(write_salt_.data(), block.data() + 32, 4);
  std::memcpy(read_salt_.data(), block.data() + 36, 4);
  epoch_ = 1;
  sequence_ = 0;
  const std::string finished =
      Message(kFinished, message_++, Prf(master_, "client finished", Sha256(transcript_), 12));
  flight_ += SealedRecord(kHandshake, finished);
  state_ = State::kKeys;
  out.push_back(flight_);
}

void PskSession::TakeHandshake(std::string_view message, std::vector<std::string>& out) {
  const std::string_view body = message.substr(kHandshakeHeader);
  if (state_ != State::kHello) return;
  switch (message[0]) {
    case kHelloVerifyRequest: {
      if (message_ != 1 || body.size() < 3) return;
      SendHello(body.substr(3, static_cast<unsigned char>(body[2])));
      out.push_back(flight_);
      return;
    }
    case kServerHello:
      if (!server_random_.empty() || body.size() < 2 + kRandom) return;  // a repetition
      server_random_ = body.substr(2, kRandom);
      break;
    case kServerHelloDone:
      if (server_random_.empty()) return;
      transcript_ += message;
      return SendKeys(out);
    default:  // ServerKeyExchange with a hint
      break;
  }
  transcript_ += message;
}

void PskSession::Take(std::string_view datagram, std::vector<std::string>& out,
                      std::vector<std::string>& received) {
  while (datagram.size() > kRecordHeader) {
    const std::size_t length = NumberAt(datagram, 11, 2);
    if (datagram.size() < kRecordHeader + length) return;
    const std::string_view record = datagram.substr(0, kRecordHeader + length);
    datagram.remove_prefix(record.size());
    std::string_view content = record.substr(kRecordHeader);
    if (NumberAt(record, 3, 2) == 0) {
      if (record[0] == kAlert && state_ != State::kEstablished) state_ = State::kFailed;
      if (record[0] != kHandshake) continue;
      while (content.size() >= kHandshakeHeader) {
        const std::size_t size = kHandshakeHeader + NumberAt(content, 1, 3);
        if (content.size() < size) return;
        TakeHandshake(content.substr(0, size), out);
        content.remove_prefix(size);
      }
      continue;
    }
    auto text = Open(record);
    if (!text) continue;
    if (record[0] == kApplication) {
      received.push_back(*std::move(text));
    } else if (record[0] == kAlert) {
      state_ = State::kFailed;
    } else if (record[0] == kHandshake && state_ == State::kKeys) {
      state_ = State::kEstablished;
      for (std::string* done :
           {&identity_, &key_, &random_, &server_random_, &transcript_, &flight_, &master_}) {
        std::string().swap(*done);
      }
    }
  }
}

std::string PskSession::Seal(std::string_view octets) { return SealedRecord(kApplication, octets); }

}  // namespace bench
