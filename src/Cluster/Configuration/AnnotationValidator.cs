using System.ComponentModel.DataAnnotations;
using System.Globalization;
using System.Reflection;
using Microsoft.Extensions.Options;

namespace MlxVideo.Cluster.Configuration;

/// <summary>Validates options by their data annotations. Each failure is one sentence that names the key.</summary>
/// <param name="section">The configuration section of the options.</param>
internal sealed class AnnotationValidator<TOptions>(string section) : IValidateOptions<TOptions>
    where TOptions : class
{
    /// <inheritdoc/>
    public ValidateOptionsResult Validate(string? name, TOptions options)
    {
        var failures = (from property in typeof(TOptions).GetProperties()
                        from attribute in property.GetCustomAttributes<ValidationAttribute>()
                        let value = property.GetValue(options)
                        where !attribute.IsValid(value)
                        select Describe($"{section}:{property.Name}", value, attribute)).ToList();
        if (failures.Count == 0 && options is IValidatableObject validatable)
            failures.AddRange(validatable.Validate(new ValidationContext(options)).Select(result => $"{section}: {result.ErrorMessage}"));
        return failures.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(failures);
    }

    private static string Describe(string key, object? value, ValidationAttribute attribute) => attribute switch
    {
        RangeAttribute range => string.Create(
            CultureInfo.InvariantCulture, $"{key} is {value}; it must be between {range.Minimum} and {range.Maximum}."),
        RequiredAttribute => $"{key} is missing: {attribute.ErrorMessage}",
        _ => $"{key} is '{value}'; {attribute.ErrorMessage}",
    };
}
