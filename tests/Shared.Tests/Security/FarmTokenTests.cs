using System.Security.Cryptography;
using MlxVideo.Shared.Security;

namespace MlxVideo.Shared.Tests.Security;

public sealed class FarmTokenTests
{
    private static readonly byte[] Authority = SHA256.HashData([1]);

    [Fact]
    public void Token_is_one_word_that_carries_authority_port_and_secret()
    {
        var token = FarmToken.ForJoining(Authority, 8443);
        var read = FarmToken.ParseJoin(token.ToString());

        Assert.Matches("^[A-Za-z0-9_-]+$", token.ToString());
        Assert.True(read.IsOf(Authority));
        Assert.False(read.IsOf(SHA256.HashData([2])));
        Assert.Equal((8443, token.SecretHash), (read.ApiPort, read.SecretHash));
        Assert.NotEqual(token.SecretHash, FarmToken.ForJoining(Authority, 8443).SecretHash);
    }

    [Fact]
    public void Changed_or_shortened_token_is_recognised_as_mistyped()
    {
        var text = FarmToken.ForJoining(Authority, 8080).ToString();
        Assert.All(Enumerable.Range(0, text.Length), index =>
        {
            var changed = text.ToCharArray();
            changed[index] = changed[index] == 'A' ? 'B' : 'A';
            Assert.Throws<FarmTokenException>(() => FarmToken.ParseJoin(new string(changed)));
            Assert.Throws<FarmTokenException>(() => FarmToken.ParseJoin(text[..index]));
        });
        // The last digit has bits without meaning, which must be 0.
        Assert.All("ABCD-_", last => Assert.True(
            text[^1] == last || Record.Exception(() => FarmToken.ParseJoin(text[..^1] + last)) is FarmTokenException, $"{last}"));
        Assert.Throws<FarmTokenException>(() => FarmToken.ParseJoin(text + "A"));
    }

    [Fact]
    public void Kinds_of_tokens_are_not_confused()
    {
        var join = FarmToken.ForJoining(Authority, 8080).ToString();
        var operators = FarmToken.ForOperator(Authority).ToString();
        Assert.Contains("not an operator's token", Assert.Throws<FarmTokenException>(() => FarmToken.ParseOperator(join)).Message);
        Assert.Contains("not a join token", Assert.Throws<FarmTokenException>(() => FarmToken.ParseJoin(operators)).Message);
    }
}
