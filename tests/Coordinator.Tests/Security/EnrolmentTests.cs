using System.Net;
using System.Net.Http.Json;
using MlxVideo.Shared.Api;
using MlxVideo.Shared.Commands;
using MlxVideo.Shared.Commands.Requests;
using MlxVideo.Shared.Json;
using MlxVideo.Shared.Security;

namespace MlxVideo.Coordinator.Tests.Security;

/// <summary>Join tokens, certificates, renewal and revocation over HTTPS.</summary>
public sealed class EnrolmentTests : IAsyncLifetime
{
    private SecureFarm _farm = null!;

    public async Task InitializeAsync() => _farm = await SecureFarm.StartAsync();

    public async Task DisposeAsync() => await _farm.DisposeAsync();

    [Fact]
    public async Task Worker_enrols_over_a_pinned_connection_and_its_certificate_is_accepted()
    {
        var token = _farm.NewToken();
        var authority = await FarmAuthorityClient.DownloadAsync(_farm.Address, token, CancellationToken.None);
        Assert.True(token.IsOf(Fingerprint.Of(authority)));

        var worker = await _farm.EnrolAsync("w1");

        Assert.Equal(new FarmMember(FarmRole.Worker, "w1"), worker.Member);
        await _farm.Enrolment(worker).CheckAsync(CancellationToken.None);
        var entry = Assert.Single(_farm.State.Certificates);
        Assert.Equal(("w1", "name of w1"), (entry.WorkerId, entry.WorkerName));
    }

    [Fact]
    public async Task Server_of_another_farm_is_recognised_before_the_secret_is_sent()
    {
        await using var other = await SecureFarm.StartAsync();
        var ex = await Assert.ThrowsAsync<FarmApiException>(
            () => FarmAuthorityClient.DownloadAsync(other.Address, _farm.NewToken(), CancellationToken.None));
        Assert.Contains("not the coordinator of the token's farm", ex.Message);
    }

    [Fact]
    public async Task Token_enrols_one_worker_but_the_same_key_may_ask_again()
    {
        var token = _farm.NewToken();
        using var key = FarmAuthority.NewKey();
        await JoinAsync(token, "w1", key);
        await JoinAsync(token, "w1", key); // as after a lost response
        using var other = FarmAuthority.NewKey();
        await AssertRefusedAsync(HttpStatusCode.Forbidden, "already used", () => JoinAsync(token, "w2", other));
    }

    [Fact]
    public async Task Expired_forged_foreign_and_mistyped_tokens_are_refused_with_a_sentence()
    {
        var expired = _farm.NewToken();
        _farm.Clock.Ahead = TimeSpan.FromHours(2);
        await AssertRefusedAsync(HttpStatusCode.Forbidden, "has expired", () => JoinAsync(expired, "w1"));
        var fingerprint = expired.Authority.ToArray();
        await AssertRefusedAsync(
            HttpStatusCode.Forbidden, "not one of this farm's tokens", () => JoinAsync(FarmToken.ForJoining(fingerprint, 1), "w1"));
        await AssertRefusedAsync(
            HttpStatusCode.Forbidden, "another farm", () => JoinAsync(FarmToken.ForJoining(new byte[Fingerprint.Length], 1), "w1"));
        using var key = FarmAuthority.NewKey();
        var response = await _farm.Client().PostAsJsonAsync(
            SecurityPaths.Join, new JoinRequest("mlxjoin1-x", "w1", "w1", FarmAuthority.RequestFor(key)), FarmJson.Options);
        Assert.Equal(HttpStatusCode.Forbidden, response.StatusCode);
        Assert.Contains("mistyped", await response.Content.ReadAsStringAsync());
        Assert.Empty(_farm.State.Certificates);
    }

    [Fact]
    public async Task Token_does_not_give_the_identity_of_an_enrolled_worker()
    {
        await _farm.EnrolAsync("w1");
        await AssertRefusedAsync(HttpStatusCode.Conflict, "has a valid certificate", () => JoinAsync(_farm.NewToken(), "w1"));
        _farm.Access.Revoke("w1");
        await JoinAsync(_farm.NewToken(), "w1");
    }

    [Fact]
    public async Task Renewed_certificate_has_the_same_id_and_a_revoked_one_is_not_renewed()
    {
        var worker = await _farm.EnrolAsync("w1");
        using var key = FarmAuthority.NewKey();
        var renewed = _farm.Identity(await _farm.Enrolment(worker).RenewAsync(key, CancellationToken.None), key);
        Assert.Equal(worker.Member, renewed.Member);
        Assert.NotEqual(worker.Certificate.SerialNumber, renewed.Certificate.SerialNumber);
        await _farm.Enrolment(renewed).CheckAsync(CancellationToken.None);

        Assert.Equal(2, (await Operator().ExecuteAsync(new RevokeWorker("name of w1"), default)).Certificates);
        await AssertRefusedAsync(HttpStatusCode.Forbidden, "revoked", () => _farm.Enrolment(renewed).CheckAsync(CancellationToken.None));
        await AssertRefusedAsync(
            HttpStatusCode.Forbidden, "revoked", () => _farm.Enrolment(worker).RenewAsync(key, CancellationToken.None));
    }

    [Fact]
    public async Task Revocation_takes_effect_on_open_connections_and_survives_a_restart()
    {
        var worker = await _farm.EnrolAsync("w1");
        var client = new EnrolmentClient(_farm.Client(worker), _farm.Address);
        await client.CheckAsync(CancellationToken.None);
        _farm.Access.Revoke("w1");
        await AssertRefusedAsync(HttpStatusCode.Forbidden, "revoked", () => client.CheckAsync(CancellationToken.None));
        Assert.NotNull(Assert.Single(_farm.State.Certificates).RevokedAt);
    }

    [Fact]
    public async Task Expired_certificate_is_refused()
    {
        var worker = await _farm.EnrolAsync("w1");
        _farm.Clock.Ahead = TimeSpan.FromDays(31);
        await AssertRefusedAsync(HttpStatusCode.Forbidden, "expired", () => _farm.Enrolment(worker).CheckAsync(CancellationToken.None));
    }

    [Fact]
    public async Task Worker_can_not_collect_certificates()
    {
        var worker = await _farm.EnrolAsync("w1");
        var client = _farm.Enrolment(worker);
        using var key = FarmAuthority.NewKey();
        for (var count = 1; count < 20; count++)
            await client.RenewAsync(key, CancellationToken.None);
        await AssertRefusedAsync(HttpStatusCode.TooManyRequests, "20 certificates", () => client.RenewAsync(key, CancellationToken.None));
    }

    [Fact]
    public async Task Operator_creates_tokens_and_unknown_workers_can_not_be_revoked()
    {
        var client = Operator();
        var created = await client.ExecuteAsync(new CreateToken("30m"), default);
        Assert.Equal(_farm.Address.Port, FarmToken.ParseJoin(created.Token).ApiPort);
        Assert.StartsWith("127.0.0.1:", created.Join, StringComparison.Ordinal);
        await JoinAsync(FarmToken.ParseJoin(created.Token), "w1");
        await AssertRefusedAsync(HttpStatusCode.NotFound, "Workers: w1", () => client.ExecuteAsync(new RevokeWorker("nobody"), default));
        await AssertRefusedAsync(HttpStatusCode.BadRequest, "expires: '8d'", () => client.ExecuteAsync(new CreateToken("8d"), default));
    }

    private FarmCommandClient Operator() => new(_farm.OperatorClient(), _farm.Address);

    private static async Task AssertRefusedAsync(HttpStatusCode status, string words, Func<Task> request)
    {
        var ex = await Assert.ThrowsAsync<FarmApiException>(request);
        Assert.Equal(status, ex.Status);
        Assert.Contains(words, ex.Message);
    }

    private async Task JoinAsync(FarmToken token, string id, System.Security.Cryptography.ECDsa? key = null)
    {
        using var temporary = FarmAuthority.NewKey();
        await _farm.Enrolment().JoinAsync(token, id, id, key ?? temporary, CancellationToken.None);
    }
}
