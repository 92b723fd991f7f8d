using System.Globalization;

namespace MlxVideo.Shared.Commands.Tables;

/// <summary>Times in the zone of the machine that shows them.</summary>
internal static class TimeText
{
    public static string Of(DateTimeOffset time) => time.ToLocalTime().ToString("yyyy-MM-dd HH:mm:ss", CultureInfo.InvariantCulture);
}
