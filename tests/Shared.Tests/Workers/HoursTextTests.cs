using MlxVideo.Shared.Workers;

namespace MlxVideo.Shared.Tests.Workers;

public sealed class HoursTextTests
{
    [Theory]
    [InlineData("20:00-08:00", 1200, 480)]
    [InlineData(" 9:05 - 17:30 ", 545, 1050)]
    [InlineData("00:00-00:00", 0, 0)]
    public void Two_times_of_day_are_parsed_as_an_interval(string text, int start, int end) =>
        Assert.Equal(new AllowedHours(start, end, 120), HoursText.Parse(text, TimeSpan.FromHours(2)));

    [Theory]
    [InlineData("20:00-08:00")]
    [InlineData("09:05-17:30")]
    public void Formatted_hours_are_parsed_again(string text) =>
        Assert.Equal(text, HoursText.Format(HoursText.Parse(text, TimeSpan.Zero)));

    [Theory]
    [InlineData("")]
    [InlineData("night")]
    [InlineData("20:00")]
    [InlineData("20-8")]
    [InlineData("20:00-24:00")]
    [InlineData("20:00-08:60")]
    [InlineData("20:00-08:00-09:00")]
    public void Invalid_text_is_refused_in_one_sentence(string text) =>
        Assert.Equal(
            $"'{text}' is not an interval of the day: write start and end as in 20:00-08:00.",
            Assert.Throws<FormatException>(() => HoursText.Parse(text, TimeSpan.Zero)).Message);
}
