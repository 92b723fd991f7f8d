using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using MlxVideo.Shared.Security;

namespace MlxVideo.Shared.Tests.Security;

public sealed class PeerRulesTests : IDisposable
{
    private readonly FarmAuthority _authority = FarmAuthority.Create(TimeProvider.System);
    private readonly HashSet<string> _revoked = [];

    public void Dispose() => _authority.Dispose();

    [Fact]
    public void Members_of_the_farm_are_accepted_in_their_role()
    {
        var worker = Issue(_authority, FarmRole.Worker);
        Assert.Null(Rules().FindFault(worker));
        Assert.Null(Rules().FindFault(worker, FarmRole.Worker));
        Assert.Contains("must not act as the coordinator", Rules().FindFault(worker, FarmRole.Coordinator));
        Assert.Equal(new FarmMember(FarmRole.Worker, "w1"), FarmMember.Of(worker));
    }

    [Fact]
    public void Peer_without_certificate_is_refused() => Assert.Contains("no certificate", Rules().FindFault(null));

    [Fact]
    public void Certificate_of_another_farm_is_refused()
    {
        using var other = FarmAuthority.Create(TimeProvider.System);
        Assert.Contains("not one of this farm", Rules().FindFault(Issue(other, FarmRole.Worker)));
    }

    [Fact]
    public void Authority_itself_and_self_signed_certificates_are_refused()
    {
        using var key = FarmAuthority.NewKey();
        var request = new CertificateRequest("OU=worker, CN=w1", key, HashAlgorithmName.SHA256);
        var forged = request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1));
        Assert.NotNull(Rules().FindFault(_authority.Certificate));
        Assert.Contains("not one of this farm", Rules().FindFault(forged));
    }

    [Fact]
    public void Certificate_issued_by_a_worker_is_refused()
    {
        using var key = FarmAuthority.NewKey();
        using var leaf = Issue(_authority, FarmRole.Worker, key).CopyWithPrivateKey(key);
        using var own = FarmAuthority.NewKey();
        var request = new CertificateRequest("OU=coordinator, CN=coordinator", own, HashAlgorithmName.SHA256);
        var generator = X509SignatureGenerator.CreateForECDsa(leaf.GetECDsaPrivateKey()!);
        var forged = request.Create(
            leaf.SubjectName, generator, DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1), [1, 2, 3]);
        Assert.Contains("not one of this farm", Rules().FindFault(forged));
    }

    [Fact]
    public void Expired_certificate_is_refused()
    {
        var worker = Issue(_authority, FarmRole.Worker);
        var later = new SetClock(DateTimeOffset.UtcNow.AddDays(31));
        Assert.Contains(
            "expired", new PeerRules(_authority.Certificate, _ => false, later).FindFault(worker));
    }

    [Fact]
    public void Revoked_certificate_is_refused()
    {
        var worker = Issue(_authority, FarmRole.Worker);
        Assert.Null(Rules().FindFault(worker));
        _revoked.Add(worker.SerialNumber);
        Assert.Contains("revoked", Rules().FindFault(worker));
    }

    [Theory]
    [InlineData("")]
    [InlineData("a/b")]
    [InlineData("../../etc")]
    [InlineData("a b")]
    [InlineData("ä")]
    [InlineData("0123456789012345678901234567890123456789012345678901234567890123456789")]
    public void Hostile_ids_get_no_certificate(string id)
    {
        Assert.False(FarmMember.IsId(id));
        using var key = FarmAuthority.NewKey();
        var request = FarmAuthority.KeyOf(FarmAuthority.RequestFor(key));
        Assert.Throws<ArgumentException>(() => _authority.Issue(
            request, new FarmMember(FarmRole.Worker, id), [], TimeSpan.FromDays(1), TimeProvider.System));
    }

    [Fact]
    public void Signing_requests_must_be_intact_and_use_the_right_curve()
    {
        using var key = FarmAuthority.NewKey();
        var request = FarmAuthority.RequestFor(key);
        request[^1] ^= 1; // in the signature
        Assert.ThrowsAny<CryptographicException>(() => FarmAuthority.KeyOf(request));
        using var other = ECDsa.Create(ECCurve.NamedCurves.nistP384);
        Assert.ThrowsAny<CryptographicException>(() => FarmAuthority.KeyOf(FarmAuthority.RequestFor(other)));
        Assert.ThrowsAny<CryptographicException>(() => FarmAuthority.KeyOf(new byte[100]));
        Assert.ThrowsAny<CryptographicException>(() => FarmAuthority.KeyOf(new byte[1 << 20]));
    }

    [Fact]
    public void Hello_is_accepted_only_with_the_key_id_epoch_and_node_of_its_certificate()
    {
        using var key = FarmAuthority.NewKey();
        var identity = FarmIdentity.Of(Issue(_authority, FarmRole.Worker, key), key, _authority.Certificate);
        var proof = HelloProof.Create(identity, "w1", "e1", "node");
        Assert.Null(proof.FindFault(Rules(), "w1", "e1", "node"));
        Assert.Contains("belongs to the worker w1", proof.FindFault(Rules(), "w2", "e1", "node"));
        Assert.Contains("signature", proof.FindFault(Rules(), "w1", "e2", "node"));
        Assert.Contains("signature", proof.FindFault(Rules(), "w1", "e1", "other node"));
        Assert.Contains("signature", (proof with { Signature = [] }).FindFault(Rules(), "w1", "e1", "node"));
        Assert.Contains("damaged", (proof with { Certificate = [1, 2, 3] }).FindFault(Rules(), "w1", "e1", "node"));
    }

    [Fact]
    public void Certificate_is_due_for_renewal_after_two_thirds_of_its_life()
    {
        using var key = FarmAuthority.NewKey();
        var identity = FarmIdentity.Of(Issue(_authority, FarmRole.Worker, key), key, _authority.Certificate);
        Assert.InRange(identity.RenewAt - DateTimeOffset.UtcNow, TimeSpan.FromDays(19.9), TimeSpan.FromDays(20.1));
    }

    private static X509Certificate2 Issue(FarmAuthority authority, FarmRole role, ECDsa? key = null)
    {
        using var temporary = FarmAuthority.NewKey();
        return authority.Issue(
            FarmAuthority.KeyOf(FarmAuthority.RequestFor(key ?? temporary)), new FarmMember(role, "w1"), ["127.0.0.1"],
            TimeSpan.FromDays(30), TimeProvider.System);
    }

    private PeerRules Rules() =>
        new(_authority.Certificate, certificate => _revoked.Contains(certificate.SerialNumber), TimeProvider.System);

    private sealed class SetClock(DateTimeOffset now) : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => now;
    }
}
