using System.CommandLine;
using MlxVideo.Worker.Capabilities;
using MlxVideo.Worker.Hosting;

namespace MlxVideo.Worker.Tests.Hosting;

public sealed class OwnerOptionsTests
{
    private readonly OwnerOptions _options = new();
    private readonly RootCommand _command = [];

    public OwnerOptionsTests() => _options.AddTo(_command);

    [Fact]
    public void An_owner_may_say_nothing()
    {
        var owner = _options.Read(_command.Parse([]));
        Assert.Equal((OwnerSettings.DefaultLinkBytesPerSecond, null), (owner.LinkBytesPerSecond, owner.Hours));
        Assert.Empty(owner.Tags);
    }

    [Fact]
    public void What_is_said_is_read()
    {
        var owner = _options.Read(_command.Parse(["--link", "10", "--tags", "fast, office,,fast", "--hours", "20:00-08:00"]));
        Assert.Equal(1.25e9, owner.LinkBytesPerSecond);
        Assert.Equal(["fast", "office"], owner.Tags);
        Assert.Equal((1200, 480), (owner.Hours!.StartMinute, owner.Hours.EndMinute));
        Assert.Equal(TimeZoneInfo.Local.GetUtcOffset(DateTimeOffset.Now).TotalMinutes, owner.Hours.UtcOffsetMinutes);
    }

    [Theory]
    [InlineData("--hours", "noon", "--hours: 'noon' is no interval of the day; write two times as 20:00-08:00.")]
    [InlineData("--link", "0", "--link: 0 Gbit/s is too little: take more than 0.")]
    [InlineData("--link", "-1", "--link: -1 Gbit/s is too little: take more than 0.")]
    [InlineData("--link", "fast", "--link: 'fast' is not a number.")]
    public void Bad_text_gives_one_sentence(string option, string text, string expected) =>
        Assert.Equal(expected, Assert.Single(_command.Parse([option, text]).Errors).Message);
}
