using MlxVideo.Worker.Capabilities;

namespace MlxVideo.Worker.Tests.Capabilities;

public sealed class OwnerSettingsTests
{
    [Fact]
    public void All_settings_are_optional()
    {
        var owner = OwnerSettings.Parse(linkGigabits: null, tags: "", hours: null);
        Assert.Equal((OwnerSettings.DefaultLinkBytesPerSecond, null), (owner.LinkBytesPerSecond, owner.Hours));
        Assert.Empty(owner.Tags);
    }

    [Fact]
    public void Link_tags_and_hours_are_parsed()
    {
        var owner = OwnerSettings.Parse(10, "fast, office,,fast", "20:00-08:00");
        Assert.Equal(1.25e9, owner.LinkBytesPerSecond);
        Assert.Equal(["fast", "office"], owner.Tags);
        Assert.Equal((1200, 480), (owner.Hours!.StartMinute, owner.Hours.EndMinute));
        Assert.Equal(TimeZoneInfo.Local.GetUtcOffset(DateTimeOffset.Now).TotalMinutes, owner.Hours.UtcOffsetMinutes);
    }
}
