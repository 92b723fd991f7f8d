using System.CommandLine;
using System.Globalization;

namespace MlxVideo.Worker.Hosting;

/// <summary>Options whose value is a number above zero.</summary>
public static class PositiveNumber
{
    /// <summary>An option that may be left out.</summary>
    /// <param name="name">Its name: <c>--link</c>.</param>
    /// <param name="unit">What the number counts.</param>
    /// <param name="description">Its help.</param>
    public static Option<double?> Option(string name, string unit, string description) => new(name)
    {
        Description = description,
        CustomParser = result =>
        {
            var text = result.Tokens[0].Value;
            if (double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) && number > 0 && double.IsFinite(number))
                return number;
            result.AddError($"{name}: '{text}' is no number of {unit} above 0.");
            return null;
        },
    };
}
